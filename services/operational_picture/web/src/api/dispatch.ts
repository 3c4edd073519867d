import { get, patch, post, request } from "./client";
import type {
  Assignment, AssignmentAnswer, AssignmentReport, Crs, ImportResult, Instant, Page, Unit, UnitCandidate, UnitQuery,
} from "./types";

const unitAt = (id: string): string => `/units/${encodeURIComponent(id)}`;
const assignmentAt = (id: string): string => `/assignments/${encodeURIComponent(id)}`;

export const listUnits = (query: UnitQuery = {}, signal?: AbortSignal): Promise<Page<Unit>> => get("/units", query, signal);
/** Able first, then free, then near. */
export const candidateUnits = (incidentId: string, query: UnitQuery = {}): Promise<Page<UnitCandidate>> =>
  get("/units", { ...query, for_incident: incidentId });
export const createUnit = (draft: Partial<Unit>, key?: string): Promise<Unit> => post("/units", draft, key);
export const changeUnit = (id: string, change: Partial<Unit>, key?: string): Promise<Unit> => patch(unitAt(id), change, key);
export const setUnitStatus = (id: string, status: "standby" | "unavailable", reason: string, key?: string): Promise<Unit> =>
  post(`${unitAt(id)}/status`, { status, reason }, key);
export const setUnitPosition = (
  id: string, position: { lon: number; lat: number; crs?: Crs; at?: Instant }, key?: string,
): Promise<void> => post(`${unitAt(id)}/position`, position, key);

export const listAssignments = (
  query: { incident_id?: string; unit_id?: string; active?: boolean; after?: string; limit?: number } = {},
): Promise<Page<Assignment>> => get("/assignments", query);
export const getAssignment = (id: string): Promise<Assignment> => get(assignmentAt(id));
export const createAssignment = (
  order: { incident_id: string; unit_id: string; note?: string }, key: string,
): Promise<Assignment> => post("/assignments", order, key);
export const reportAssignment = (id: string, report: AssignmentReport, key?: string): Promise<AssignmentAnswer> =>
  post(`${assignmentAt(id)}/status`, report, key);
export const recallAssignment = (id: string, reason: string, key?: string): Promise<Assignment> =>
  post(`${assignmentAt(id)}/recall`, { reason }, key);

export function importFile(path: string, file: File, dryRun: boolean, partial = false): Promise<ImportResult> {
  const form = new FormData();
  form.append("file", file);
  return request("POST", path, { body: form, query: { dry_run: dryRun, ...(partial && { partial }) }, timeoutMs: 60_000 });
}
export const importUnits = (file: File, dryRun: boolean): Promise<ImportResult> => importFile("/units/import", file, dryRun);
