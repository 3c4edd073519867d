import type { Instant } from "./common";
import type { UnitStatus } from "./dispatch";

export type FacilityGroup = "hazard_source" | "key_target" | "hydrant" | "water_intake" | "road" | "shelter" | "supply" | "other";
export type HazardState = "registered" | "rectifying" | "closed";

export interface FacilityStock {
  substance: string;
  amount: number | null;
  unit: string | null;
}

export interface Facility {
  id: string;
  code: string;
  subtype: string | null;
  name: string;
  lon: number;
  lat: number;
  text: string | null;
  township: string | null;
  organisation: string | null;
  stock: FacilityStock[];
  major_hazard: boolean;
  hazard_state: HazardState | null;
  road_width_m: number | null;
  extent_m: number | null;
  capacity: number | null;
  occupied: number | null;
  plan_reference: string | null;
  cordon_radius_m: number | null;
  cordon_basis: string | null;
  note: string | null;
  valid_from: Instant;
  retired_at: Instant | null;
  home_site: string;
}

export interface FacilityRecord extends Facility {
  kind_name: string;
  group: FacilityGroup;
  contact_name: string | null;
  contact_phone: string | null;
  /** There is somebody to call, but not for this account. */
  contact_hidden: boolean;
  version: number;
}

/** What the map shows: whatever is not known or not so is left out. */
export type MapFacility = Pick<FacilityRecord, "id" | "code" | "name" | "lon" | "lat" | "kind_name" | "group" | "home_site"> & Partial<Facility>;

export interface FacilityRegister {
  revision: number;
  as_of: Instant;
  /** Null: nothing has changed since the revision that was asked with. */
  items: MapFacility[] | null;
}

export interface FacilityKindChoice {
  code: string;
  subtype: string | null;
  name: string;
  group: FacilityGroup;
  own: boolean;
}

/** What the panel lists; from the server with whom to call, from this machine's copy without. */
export type NearFacility = MapFacility & Partial<FacilityRecord> & { distance_m: number };

export interface NearLimit {
  value: number;
  basis: string;
  verified: boolean;
}

export interface Surroundings {
  within_m: number;
  items: NearFacility[];
  left_off: number;
  groups: { group: FacilityGroup; name: string; count: number; nearest_m: number }[];
  sites: NearFacility[];
  major_hazards: NearFacility[];
  road: NearFacility | null;
  nearest_station: { id: string; name: string; status: UnitStatus; free: boolean; distance_m: number } | null;
  distance_kind: "straight_line";
  limits: { on_site_m: NearLimit; major_hazard_m: NearLimit };
}

export interface FacilityQuery {
  q?: string;
  group?: string;
  township?: string;
  major_hazard?: boolean;
  retired?: boolean;
  after?: string;
  limit?: number;
}

export type FacilityDraft = Partial<Omit<FacilityRecord, "id" | "kind_name" | "group" | "home_site" | "contact_hidden" | "retired_at">> & { crs?: string };
