import { get, newKey, post, request } from "./client";
import type { Page, WarningChange, WarningDraft, WarningImport, WarningKinds, WarningRecord } from "./types";

export const listWarnings = (query: { current?: boolean; after?: string; limit?: number } = {}): Promise<Page<WarningRecord>> =>
  get("/warnings", query);
export const getWarning = (id: string): Promise<WarningRecord> => get(`/warnings/${encodeURIComponent(id)}`);
/** The document goes as it stands: CAP, Atom, RSS or EDXL text, or the JSON of a known source. */
export const importWarnings = (text: string, key: string = newKey()): Promise<WarningImport> =>
  request("POST", "/warnings", { body: text, contentType: /^\s*</.test(text) ? "application/xml" : "application/json", key, timeoutMs: 60_000 });
export const warningKinds = (): Promise<WarningKinds> => get("/warnings/kinds");
export const warningHistory = (id: string): Promise<{ items: WarningRecord[] }> => get(`/warnings/${encodeURIComponent(id)}/history`);
export const issueWarning = (draft: WarningDraft, key: string): Promise<WarningRecord> => post("/warnings/issue", draft, key);
export const changeWarning = (id: string, way: "raise" | "lower", change: WarningChange, key: string): Promise<WarningRecord> =>
  post(`/warnings/${encodeURIComponent(id)}/${way}`, change, key);
export const cancelWarning = (id: string, reason: string, key: string): Promise<WarningRecord> =>
  post(`/warnings/${encodeURIComponent(id)}/cancel`, { reason }, key);
/** A plain address: the browser saves the document itself. */
export const capUrl = (id: string): string => `/api/warnings/${encodeURIComponent(id)}/cap`;
