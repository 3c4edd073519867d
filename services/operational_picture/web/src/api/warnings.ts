import { get, newKey, request } from "./client";
import type { Page, WarningImport, WarningRecord } from "./types";

export const listWarnings = (query: { current?: boolean; after?: string; limit?: number } = {}): Promise<Page<WarningRecord>> =>
  get("/warnings", query);
export const getWarning = (id: string): Promise<WarningRecord> => get(`/warnings/${encodeURIComponent(id)}`);
/** The document goes as it stands: CAP, Atom, RSS or EDXL text. */
export const importWarnings = (xml: string, key: string = newKey()): Promise<WarningImport> =>
  request("POST", "/warnings", { body: xml, contentType: "application/xml", key, timeoutMs: 60_000 });
