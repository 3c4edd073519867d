import { get, post, request } from "./client";
import { download, receive, type Progress, type Received } from "./download";
import type { CallerReading, DestroyedData, FoundCall, FoundReport, KeptQuery, Page, SavedView, SearchPage, SearchQuery, WaitingData } from "./types";

type Paged = { after?: string; limit?: number };

export const search = (query: SearchQuery & Paged): Promise<SearchPage> => get("/search", { ...query, kinds: "incident" });
export const searchCalls = (query: SearchQuery & Paged): Promise<SearchPage<FoundCall>> => get("/search", { ...query, kinds: "call" });
/** Reports are searched by the service that has them. */
export const searchReports = (query: { q?: string; incident_id?: string; since?: string } & Paged): Promise<Page<FoundReport>> =>
  get("/reports", query);
/** The paper of a report as it was signed. */
export const reportPaper = (id: string): Promise<Received> =>
  receive("GET", `/reports/${encodeURIComponent(id)}/document`, { query: { format: "pdf" } }, () => undefined);
/** The same search as a file; progress is told in bytes, since nobody knows beforehand how many there will be. */
export const exportList = (sort: "incident" | "call", query: SearchQuery, format: "csv" | "xlsx", onProgress: Progress): Promise<void> =>
  download("GET", `/${sort}s/export`, { query: { ...query, format } }, onProgress);

export const listViews = (): Promise<{ items: SavedView[] }> => get("/views");
export const saveView = (name: string, query: KeptQuery, key?: string): Promise<SavedView> => post("/views", { name, query }, key);
export const forgetView = (id: string): Promise<void> => request("DELETE", `/views/${encodeURIComponent(id)}`);

const data = (id: string): string => `/personal-data/${encodeURIComponent(id)}`;
export const waitingData = (after?: string): Promise<Page<WaitingData>> => get("/personal-data", { after });
export const destroyedData = (after?: string): Promise<Page<DestroyedData>> => get("/personal-data", { state: "destroyed", after });
export const extendData = (id: string, until: string, reason: string, assessment: string, key?: string): Promise<WaitingData> =>
  post(`${data(id)}/extend`, { until, reason, assessment }, key);
export const destroyData = (id: string, reason: string | null, key?: string): Promise<{ records: number }> =>
  post(`${data(id)}/destroy`, { reason }, key);
export const destroyCallData = (id: string, reason: string | null, key?: string): Promise<{ records: number }> =>
  post(`/personal-data/calls/${encodeURIComponent(id)}/destroy`, { reason }, key);
export const callerReadings = (after?: string): Promise<Page<CallerReading>> => get("/caller-access", { after });

/** An incident's whole file; what only other services can give is added by the page. */
export function takeArchive(id: string, files: { name: string; content: Blob }[], absent: string[], open: boolean, onProgress: Progress): Promise<void> {
  const body = new FormData();
  files.forEach(({ name, content }) => body.append("files", content, name));
  absent.forEach((words) => body.append("absent", words));
  body.append("open", String(open));
  return download("POST", `/incidents/${encodeURIComponent(id)}/archive`, { body }, onProgress);
}
