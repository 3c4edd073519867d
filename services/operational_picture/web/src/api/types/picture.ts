/** The picture as the server folds it. A feature's properties carry the aggregate's public state flat. */
import type { CallState } from "./call";
import type { SiteCheck, SiteConflict, UnitRequest } from "./between";
import type { Activation, CommandOrder, CommandPost, Evacuation } from "./command";
import type { Instant } from "./common";
import type { Assignment, Unit, UnitKind } from "./dispatch";
import type { Incident, Warning } from "./incident";
import type { Mark, MarkKind, Wind } from "./mark";
import type { Notification, NotificationKind } from "./notification";
import type { Shift } from "./roster";

export type FeatureKind = "incident" | "warning" | "unit" | "territory" | "assignment" | "notification" | "shift"
  | "request" | "conflict" | "check" | "call" | "mark" | "wind" | "command_post" | "order" | "evacuation" | "activation";
export type SiteState = "connected" | "degraded" | "disconnected";

export interface FeatureMeta {
  kind: FeatureKind;
  home_site: string;
  version: number;
  /** Null: never, like the two of a township whose station has not spoken. */
  occurred_at: Instant | null;
  as_of: Instant | null;
  stale: boolean;
  seq: number;
}

export interface PictureFeature {
  type: "Feature";
  /** "<kind>:<aggregate id>" */
  id: string;
  geometry: GeoJSON.Geometry | null;
  properties: FeatureMeta & Record<string, unknown>;
}

export interface Position {
  id: string;
  kind: string;
  lon: number;
  lat: number;
  at: Instant;
  site: string;
  /** Too old to be the present place. */
  stale: boolean;
}

export interface SiteInfo {
  site: string;
  name: string;
  state: SiteState;
  since: Instant | null;
  last_fact_at: Instant | null;
}

export interface Picture {
  epoch: string;
  seq: number;
  as_of: Instant;
  site: string;
  exercise: boolean;
  sites: SiteInfo[];
  features: PictureFeature[];
  positions: Position[];
}

export interface PictureFrame {
  epoch: string;
  seq: number;
  as_of: Instant;
  features: PictureFeature[];
  removed: string[];
  positions: Position[];
}

export interface PictureHeartbeat {
  as_of: Instant;
  seq: number;
  lag_seconds: number;
  sites: SiteInfo[];
}

/**
 * What panels read: the aggregate plus how old the picture's knowledge of it is. The feature's own `kind` would
 * hide the kind of a unit or a notification, so those two stand under their own names.
 */
export interface Freshness {
  as_of: Instant | null;
  stale: boolean;
  seq: number;
  geometry: GeoJSON.Geometry | null;
}
export type PictureIncident = Incident & Freshness;
export type PictureRequest = UnitRequest & Freshness;
export type PictureConflict = SiteConflict & Freshness;
export type PictureCheck = SiteCheck & Freshness;
export type PictureCall = CallState & Freshness;
export type PictureWarning = Warning & Freshness;
export type PictureUnit = Omit<Unit, "kind"> & { unit_kind: UnitKind } & Freshness;
export type PictureAssignment = Assignment & Freshness & { home_site: string };
export type PictureNotification = Omit<Notification, "kind"> & { notification_kind: NotificationKind } & Freshness;
export type PictureMark = Omit<Mark, "kind"> & { mark_kind: MarkKind } & Freshness;
export type PictureWind = Wind & Freshness;
export type PictureShift = Shift & Freshness;
export type PictureEvacuation = Evacuation & Freshness;
export type PicturePost = CommandPost & Freshness;
export type PictureOrder = CommandOrder & Freshness;
export type PictureActivation = Activation & Freshness;

/** "unassigned": no station of this township has ever spoken; the district itself keeps watch there. */
export type TerritoryState = SiteState | "unassigned";

export interface Territory {
  code: string;
  name: string;
  site: string | null;
  state: TerritoryState;
  since: Instant | null;
  last_fact_at: Instant | null;
  lon: number;
  lat: number;
}
