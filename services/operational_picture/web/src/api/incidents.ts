import { get, patch, post } from "./client";
import type { IncidentChange, IncidentDraft, IncidentQuery, IncidentRecord, Page, TimelineEntry } from "./types";

const at = (id: string): string => `/incidents/${encodeURIComponent(id)}`;

export const listIncidents = (query: IncidentQuery = {}, signal?: AbortSignal): Promise<Page<IncidentRecord>> =>
  get("/incidents", query, signal);
export const getIncident = (id: string): Promise<IncidentRecord> => get(at(id));
export const createIncident = (draft: IncidentDraft, key: string): Promise<IncidentRecord> =>
  post("/incidents", draft, key);
export const changeIncident = (id: string, change: IncidentChange, key?: string): Promise<IncidentRecord> =>
  patch(at(id), change, key);
export const closeIncident = (id: string, summary: string, version?: number, key?: string): Promise<IncidentRecord> =>
  post(`${at(id)}/close`, { summary, ...(version !== undefined && { version }) }, key);
export const recoverIncident = (id: string, note: string, version?: number, key?: string): Promise<IncidentRecord> =>
  post(`${at(id)}/recover`, { note, ...(version !== undefined && { version }) }, key);
export const recordObservation = (id: string, act: { temperature_c: number; source: string; at?: string }, key: string): Promise<IncidentRecord> =>
  post(`${at(id)}/observations`, act, key);
export interface UnitReportAct { organisation: string; by_name?: string; phone?: string; at?: string; said: string }
export const takeUnitReport = (id: string, act: UnitReportAct, key: string): Promise<IncidentRecord> => post(`${at(id)}/unit-report`, act, key);
export const reopenIncident = (id: string, reason: string, key?: string): Promise<IncidentRecord> =>
  post(`${at(id)}/reopen`, { reason }, key);
export const addNote = (id: string, text: string, key?: string): Promise<TimelineEntry> =>
  post(`${at(id)}/notes`, { text }, key);
export const mergeIncident = (id: string, into: string, reason: string, key?: string): Promise<IncidentRecord> =>
  post(`${at(id)}/merge`, { into, reason }, key);
export const splitIncident = (id: string, reason: string, key?: string): Promise<IncidentRecord> =>
  post(`${at(id)}/split`, { reason }, key);
export const incidentTimeline = (id: string, after?: string): Promise<Page<TimelineEntry>> =>
  get(`${at(id)}/timeline`, { after });
