import type { Instant, Page } from "./common";
import type { Incident, IncidentGrade, IncidentSource, IncidentStatus } from "./incident";

export type FoundIn = "number" | "title" | "place" | "township" | "type" | "description" | "initials";

/** A search as it is asked; what is left out means everything. */
export interface SearchQuery {
  q?: string;
  status?: IncidentStatus[];
  open?: boolean;
  grade?: IncidentGrade;
  type?: string;
  township?: string;
  sensitive?: boolean;
  home_site?: string;
  since?: Instant;
  until?: Instant;
}

export interface FoundIncident extends Incident {
  kind: "incident";
  created_by: string | null;
  found_in: FoundIn[];
}

/** A call by what was said; its caller is masked. */
export interface FoundCall {
  kind: "call";
  id: string;
  number: string;
  incident_id: string | null;
  incident_number: string | null;
  received_at: Instant;
  recorded_by: string | null;
  source: IncidentSource;
  outcome: string;
  said: string | null;
  type_name: string | null;
  place_text: string | null;
  caller: { name: string | null; phone: string | null; organisation: string | null } | null;
  found_in: FoundIn[];
}

/** What of a report (信息报送) is shown among what was found; the reporting service answers it. */
export interface FoundReport {
  id: string;
  incident_id: string | null;
  incident_number: string | null;
  kind: string;
  state: string;
  title: string;
  document_number: string | null;
  created_at: Instant;
  signed_at: Instant | null;
}

export interface SearchPage<T = FoundIncident> extends Page<T> {
  /** How many changes no search finds yet, and since when. */
  index: { waiting: number; since: Instant | null };
}

/** As it is kept: `days` means the last so many days, whenever it is opened. */
export type KeptQuery = SearchQuery & { days?: number };

export interface SavedView {
  id: string;
  name: string;
  query: KeptQuery;
  created_at: Instant;
}

export interface Extension {
  at: Instant;
  before: Instant;
  until: Instant;
  reason: string;
  assessment: string;
  by: string;
}

export interface PersonalDataOf {
  /** Null for a call that led to no incident; `call_id` names it then. */
  incident_id: string | null;
  call_id: string | null;
  number: string | null;
  title: string | null;
  status: IncidentStatus | null;
  closed_at: Instant | null;
}

export interface WaitingData extends PersonalDataOf {
  purpose: string;
  records: number;
  readings: number;
  destroy_after: Instant;
  extensions: Extension[];
}

export interface DestroyedData extends PersonalDataOf {
  id: string;
  at: Instant;
  due_at: Instant | null;
  records: number;
  readings: number;
  by: string | null;
  reason: string | null;
}

export interface CallerReading {
  id: string;
  at: Instant;
  incident_id: string;
  incident_number: string;
  account_id: string;
  username: string;
  name: string;
}
