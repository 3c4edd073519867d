import { get, patch, post } from "./client";
import type { Cleared, MarkChange, MarkDraft, MarkKind, MarkRecord, Page, Wind, WindDraft } from "./types";

const markAt = (id: string, act = ""): string => `/marks/${encodeURIComponent(id)}${act}`;
const incidentAt = (id: string, act: string): string => `/incidents/${encodeURIComponent(id)}${act}`;

export const listMarks = (query: { incident_id?: string; open?: boolean; after?: string; limit?: number } = {}): Promise<Page<MarkRecord>> =>
  get("/marks", query);
export const drawMark = (draft: MarkDraft, key: string): Promise<MarkRecord> => post("/marks", draft, key);
export const changeMark = (id: string, change: MarkChange, key?: string): Promise<MarkRecord> => patch(markAt(id), change, key);
export const removeMark = (id: string, reason: string, key?: string): Promise<MarkRecord> => post(markAt(id, "/remove"), { reason }, key);
export const restoreMark = (id: string, key?: string): Promise<MarkRecord> => post(markAt(id, "/restore"), {}, key);
/** Lifts all marks of these kinds at once. */
export const clearMarks = (incidentId: string, kinds: MarkKind[], reason: string, key?: string): Promise<Cleared> =>
  post(incidentAt(incidentId, "/marks/clear"), { kinds, reason }, key);
export const listWinds = (incidentId: string): Promise<Page<Wind>> => get(incidentAt(incidentId, "/wind"));
export const recordWind = (incidentId: string, draft: WindDraft, key: string): Promise<Wind> => post(incidentAt(incidentId, "/wind"), draft, key);
