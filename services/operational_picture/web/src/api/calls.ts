import { get, patch, post } from "./client";
import type { CallDraft, CallerHistory, CallOutcome, CallRecord, Page } from "./types";

const at = (id: string): string => `/calls/${encodeURIComponent(id)}`;

export interface CallQuery {
  phone?: string;
  incident_id?: string;
  outcome?: CallOutcome;
  since?: string;
  after?: string;
  limit?: number;
}

export const listCalls = (query: CallQuery = {}): Promise<Page<CallRecord>> => get("/calls", query);
export const getCall = (id: string): Promise<CallRecord> => get(at(id));
export const recordCall = (draft: CallDraft, key?: string): Promise<CallRecord> => post("/calls", draft, key);
export const changeCall = (id: string, change: CallDraft & { version?: number }, key?: string): Promise<CallRecord> =>
  patch(at(id), change, key);
export const linkCall = (id: string, incidentId: string, reason?: string, key?: string): Promise<CallRecord> =>
  post(`${at(id)}/link`, { incident_id: incidentId, ...(reason && { reason }) }, key);
export const unlinkCall = (id: string, reason: string, key?: string): Promise<CallRecord> => post(`${at(id)}/unlink`, { reason }, key);
export const transferCall = (id: string, to: string, reason: string, answeredBy?: string, key?: string): Promise<CallRecord> =>
  post(`${at(id)}/transfer`, { to, reason, ...(answeredBy && { answered_by: answeredBy }) }, key);
export const falseAlarm = (id: string, reason: string, key?: string): Promise<CallRecord> => post(`${at(id)}/false-alarm`, { reason }, key);
export const reopenCall = (id: string, reason: string, key?: string): Promise<CallRecord> => post(`${at(id)}/reopen`, { reason }, key);
export const callerHistory = (phone: string): Promise<CallerHistory> => get("/callers", { phone });
