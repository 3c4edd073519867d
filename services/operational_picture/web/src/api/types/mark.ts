/** What is plotted on the map by hand, and the winds of an incident. */
import type { Crs, Instant } from "./common";

export type MarkKind = "cordon" | "wind_sector" | "closed_road" | "evacuation_route" | "assembly_point" | "settlement_point"
  | "hazard_note" | "free";
export type WindSource = "observed" | "weather_service" | "on_scene";

/** What the geometry was made of: degrees clockwise from north, metres, metres a second. */
export interface MarkParams {
  lon: number | null;
  lat: number | null;
  radius_m: number | null;
  spread_deg: number | null;
  wind_id: string | null;
  /** Whence it comes. */
  wind_from_deg: number | null;
  wind_ms: number | null;
  wind_force: number | null;
  wind_at: Instant | null;
  wind_source: WindSource | null;
  capacity: number | null;
  contact_name: string | null;
}

export interface Mark {
  id: string;
  incident_id: string | null;
  incident_number: string | null;
  kind: MarkKind;
  label: string;
  params: MarkParams;
  basis: string | null;
  valid_until: Instant | null;
  drawn_by_name: string | null;
  drawn_at: Instant;
  removed_at: Instant | null;
  removed_by_name: string | null;
  reason: string | null;
  symbol_code: string | null;
  home_site: string;
  version: number;
}

/** As the server's list gives it: with whom to call there, for those who command. */
export type MarkRecord = Mark & { geometry: GeoJSON.Geometry; contact: { name: string | null; phone: string | null } };

export interface MarkDraft {
  kind: MarkKind;
  geometry: GeoJSON.Geometry;
  crs?: Crs;
  incident_id?: string;
  label?: string;
  radius_m?: number;
  spread_deg?: number;
  wind_id?: string;
  capacity?: number;
  contact?: { name?: string; phone?: string };
  basis?: string;
  valid_until?: Instant;
  drawn_at?: Instant;
}
export type MarkChange = Partial<Omit<MarkDraft, "kind" | "incident_id" | "valid_until" | "drawn_at">> & {
  version?: number;
  valid_until?: Instant | null;
};

export interface Wind {
  id: string;
  incident_id: string;
  /** Null: calm, or from all sides. */
  from_deg: number | null;
  text: string;
  speed_ms: number | null;
  force: number | null;
  at: Instant;
  source: WindSource;
  note: string | null;
  recorded_at: Instant;
  recorded_by: string | null;
  home_site: string;
}

export interface WindDraft {
  source: WindSource;
  text?: string;
  from_deg?: number;
  speed_ms?: number;
  at?: Instant;
}

export interface Cleared {
  removed: number;
  by_kind: Partial<Record<MarkKind, number>>;
  marks: MarkRecord[];
  /** Other sites' marks, which only those lift. */
  elsewhere: { id: string; label: string; site_name: string }[];
}
