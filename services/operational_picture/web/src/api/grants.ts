import { get, newKey, put, request } from "./client";
import type { GrantPage } from "./types";

const at = (account: string, site: string): string =>
  `/accounts/${encodeURIComponent(account)}/grants/${encodeURIComponent(site)}`;

export const listGrants = (after?: string): Promise<GrantPage> => get("/grants", { after, limit: 200 });
export const giveGrant = (account: string, site: string, key?: string): Promise<unknown> => put(at(account, site), {}, key);
export const endGrant = (account: string, site: string, key: string = newKey()): Promise<unknown> =>
  request("DELETE", at(account, site), { key });
