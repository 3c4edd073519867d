/** At which other sites an account may log in, and how far each grant has come. */
import type { Instant } from "./common";
import type { Role } from "./identity";

export type GrantState = "giving" | "changing" | "open" | "locked" | "unreadable" | "revoking" | "revoked";

export interface Grant {
  account_id: string;
  username: string;
  name: string;
  roles: Role[];
  disabled: boolean;
  site: string;
  site_name: string;
  /** As it is typed there; differs from `username` where that name was taken. */
  username_there: string | null;
  state: GrantState;
  given_at: Instant | null;
  revoked_at: Instant | null;
  /** Since when the last word is on its way. */
  told_at: Instant | null;
  arrived_at: Instant | null;
}

export interface GrantPage {
  items: Grant[];
  next: string | null;
  /** Sites to which one can grant: those that have announced their key. */
  sites: { site: string; site_name: string }[];
  may_grant: boolean;
}
