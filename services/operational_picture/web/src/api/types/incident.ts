import type { Handover } from "./between";
import type { Crs, FieldError, Hint, Instant } from "./common";
import type { CasualtyWindow, CommandTransfer, Figure, Grading } from "./grading";

export type IncidentStatus = "reported" | "active" | "recovering" | "closed" | "merged";
/** Ⅰ–Ⅳ as the service writes them; null = not graded (a social-safety incident need not be). */
export type IncidentGrade = "I" | "II" | "III" | "IV";
export type IncidentSource =
  | "fire_119" | "police_110" | "medical_120" | "traffic_122" | "hotline_12345" | "hotline_12350"
  | "territory" | "enterprise" | "department" | "superior" | "media" | "sensor" | "patrol"
  | "grid_worker" | "public" | "warning" | "other";

export interface IncidentLocation {
  lon: number | null;
  lat: number | null;
  crs: Crs;
  text: string | null;
  township: string | null;
  township_name: string | null;
  source_crs: Crs;
}

/** null = unknown, which is an answer. */
export interface Casualties {
  dead: number | null;
  missing: number | null;
  serious: number | null;
  injured: number | null;
  trapped: number | null;
}

export interface Caller {
  name: string | null;
  phone: string | null;
  organisation: string | null;
  note: string | null;
}

export interface Incident {
  id: string;
  number: string;
  type_code: string | null;
  type_name: string | null;
  title: string;
  status: IncidentStatus;
  grade: IncidentGrade | null;
  possible_grade: IncidentGrade | null;
  sensitive: boolean;
  sensitive_reasons: string[];
  occurred_at: Instant;
  received_at: Instant;
  closed_at: Instant | null;
  source: IncidentSource;
  home_site: string;
  version: number;
  location: IncidentLocation;
  casualties: Casualties;
  description: string | null;
  exercise: boolean;
  merged_into: string | null;
  /** 代录: the cut site in whose name it was taken, and how the report came. */
  on_behalf_of_site?: string | null;
  relay_channel?: string | null;
  /** Another site's incident beside which this one goes on. */
  continues?: string | null;
  /** The last request that another site take it over. */
  handover?: Handover | null;
  loss_yuan?: number | null;
  burnt_hectares?: number | null;
  acute_poisoned?: number | null;
  /** When and where it was first spoken of in public. */
  first_public_at?: Instant | null;
  first_public_where?: string | null;
  grading?: Grading | null;
  /** The grade by which reporting clocks run. */
  clock_grade?: IncidentGrade | null;
  figures?: Figure[];
  casualty_window?: CasualtyWindow | null;
  command_transfer?: CommandTransfer | null;
  /** The unit's own report, if it came after others had told of it. */
  /** The air at the scene, as it was read last. */
  observation?: { temperature_c: number; at: Instant; source: string; recorded_by: string | null } | null;
  unit_report?: { at: Instant; organisation: string | null } | null;
  updated_at: Instant;
}

export interface IncidentRecord extends Incident {
  caller: Caller | null;
  created_by: string | null;
  hints?: Hint[];
}

export interface IncidentDraft {
  type_code?: string | null;
  title?: string | null;
  occurred_at?: Instant;
  received_at?: Instant;
  source?: IncidentSource | null;
  grade?: IncidentGrade | null;
  possible_grade?: IncidentGrade | null;
  sensitive?: boolean;
  sensitive_reasons?: string[];
  grade_reason?: string | null;
  first_public_at?: Instant | null;
  first_public_where?: string | null;
  location?: { lon?: number | null; lat?: number | null; crs?: Crs; text?: string | null; township?: string | null };
  casualties?: Partial<Casualties>;
  caller?: Partial<Caller> | null;
  description?: string | null;
}

/** What only a first report says. */
export interface FirstReport extends IncidentDraft {
  caller?: (Partial<Caller> & { post?: string | null }) | null;
  told_others?: { who: string; at?: Instant | null }[];
  /** A call that was taken down before and is now taken as an incident. */
  call_id?: string;
  /** Answers to the questions of the type's list, by question. */
  answers?: Record<string, string>;
}

export type IncidentChange = IncidentDraft & { status?: IncidentStatus; version?: number };

export type TimelineKind =
  | "reported" | "updated" | "recovering" | "observation" | "report" | "closed" | "reopened" | "merged" | "split" | "note" | "assignment" | "notification" | "handover"
  | "graded" | "command" | "call" | "step" | "mark" | "post" | "order" | "evacuation" | "activation";

export interface TimelineEntry {
  id: string;
  at: Instant;
  recorded_at: Instant;
  kind: TimelineKind;
  actor_name: string | null;
  code: string;
  params: Record<string, unknown>;
  late: boolean;
}

export interface IncidentType {
  code: string;
  name: string;
  level: number;
  parent: string | null;
  initials: string;
}

/** A place that was named before. */
/** First letters of pinyin: one for each character from code `first` on, a space for none; `two` for those with two readings. */
export interface InitialsTable {
  first: number;
  letters: string;
  two: Record<string, string>;
}

export interface KnownPlace {
  text: string;
  initials: string;
  township: string | null;
  lon: number | null;
  lat: number | null;
}

export interface Township {
  code: string;
  name: string;
  token: string;
  initials?: string;
  lon: number;
  lat: number;
}

export interface District {
  outline: GeoJSON.Feature | GeoJSON.FeatureCollection;
  townships: GeoJSON.FeatureCollection;
}

export interface IncidentQuery {
  status?: IncidentStatus[];
  open?: boolean;
  grade?: IncidentGrade;
  type?: string;
  township?: string;
  q?: string;
  sensitive?: boolean;
  since?: Instant;
  until?: Instant;
  after?: string;
  limit?: number;
}

export type WarningState = "current" | "superseded" | "cancelled" | "expired";
export type WarningColor = "red" | "orange" | "yellow" | "blue";

export interface WarningArea {
  desc: string;
  polygons: unknown[];
  circles: unknown[];
  geocodes: unknown[];
}

export interface Warning {
  id: string;
  identifier: string;
  sender: string;
  sent: Instant;
  status: string;
  msg_type: string;
  event: string | null;
  event_code: string | null;
  color: WarningColor | null;
  headline: string | null;
  description: string | null;
  instruction: string | null;
  severity: string | null;
  urgency: string | null;
  certainty: string | null;
  effective: Instant | null;
  onset: Instant | null;
  expires: Instant | null;
  /** The names of the areas as one text; a record tells them one by one. */
  area_text?: string | null;
  geometry: GeoJSON.MultiPolygon | null;
  state: WarningState;
  superseded_by: string | null;
  is_real: boolean;
  signed: boolean;
  source: string | null;
  /** 发布单位 by name; `sender` is what machines call it. */
  issuer?: string | null;
  /** Issued at its home site, which alone raises, lowers and lifts it. */
  is_own?: boolean;
  authority_reference?: string | null;
  /** Identifiers of the messages that it follows, the latest last. */
  references?: string[];
  reason?: string | null;
  received_at: Instant;
  version: number;
  home_site: string;
}

export interface WarningKindChoice {
  code: string;
  name: string;
  initials: string;
}

/** What the form of a warning needs: what may be warned of, who issues, which colours need nobody's leave. */
export interface WarningKinds {
  items: WarningKindChoice[];
  issuer: string;
  own_colors: WarningColor[];
  exercise: boolean;
}

/** A warning to be issued; corners are [longitude, latitude]. */
export interface WarningDraft {
  event_code: string;
  color: WarningColor;
  starts_at?: Instant;
  ends_at?: Instant;
  area_townships: string[];
  polygon?: [number, number][];
  caution: string;
  measures: string;
  authority_reference?: string;
  headline?: string;
  exercise?: boolean;
}

export type WarningChange = Partial<Omit<WarningDraft, "event_code" | "exercise">> & { color: WarningColor };

/** What only the record tells, not the picture. */
export interface WarningRecord extends Warning {
  areas: WarningArea[];
  faults: FieldError[];
}

export interface WarningImport {
  imported: WarningRecord[];
  updated: number;
  unchanged: number;
  faults: (FieldError & { alert: string | null })[];
  wrapper: string | null;
}
