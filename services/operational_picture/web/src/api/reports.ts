import { get, patch, post, put, request } from "./client";
import type {
  Page, Report, ReportClock, ReportFailures, ReportKind, ReportQuery, ReportRules, ReportTemplate, ReportValue, Reporter, SendChannel, SupportReply,
} from "./types";

const at = (id: string): string => `/reports/${encodeURIComponent(id)}`;

export const listReports = (query: ReportQuery = {}): Promise<Page<Report>> => get("/reports", query);
export const getReport = (id: string): Promise<Report> => get(at(id));
export const draftReport = (kind: ReportKind, about: { incident_id?: string; township?: string }, key: string): Promise<Report> =>
  post("/reports", { kind, ...about }, key);
export const changeReport = (id: string, fields: Record<string, ReportValue>, version: number, key: string): Promise<Report> =>
  patch(at(id), { fields, version }, key);

export interface PhoneAct { to: string; by_name?: string; at?: string; note?: string }
export interface SendAct { channel: SendChannel; to: string; at?: string }
export interface ReceiptAct { by: string; at?: string }

export const submitReport = (id: string, version: number, key: string): Promise<Report> => post(`${at(id)}/submit`, { version }, key);
export const returnReport = (id: string, reason: string, key: string): Promise<Report> => post(`${at(id)}/return`, { reason }, key);
/** Only as it was read: nobody signs what was changed meanwhile. */
export const signReport = (id: string, version: number, key: string): Promise<Report> => post(`${at(id)}/sign`, { version }, key);
export const sendReport = (id: string, act: SendAct, key: string): Promise<Report> => post(`${at(id)}/send`, act, key);
export const receiptReport = (id: string, act: ReceiptAct, key: string): Promise<Report> => post(`${at(id)}/receipt`, act, key);
export const phoneReport = (id: string, act: PhoneAct, key: string): Promise<Report> => post(`${at(id)}/phone`, act, key);
export const reviseReport = (id: string, reason: string, key: string): Promise<Report> => post(`${at(id)}/revise`, { reason }, key);
export interface SupportAct { incident_id: string; to: string; what: string; amount?: string; needed_by?: string; reason: string }
export interface SupportAnswerAct { reply: SupportReply; by: string; at?: string; note?: string }
export const requestSupport = (act: SupportAct, key: string): Promise<Report> => post("/support-requests", act, key);
export const answerSupport = (id: string, act: SupportAnswerAct, key: string): Promise<Report> =>
  post(`/support-requests/${encodeURIComponent(id)}/answer`, act, key);
/** Plain addresses: the browser opens or saves the paper itself. */
export const previewUrl = (id: string): string => `/api${at(id)}/document?format=pdf&inline=true`;
export const paperUrl = (id: string, format: "docx" | "pdf"): string => `/api${at(id)}/document?format=${format}`;

export const reportClocks = (query: { incident_id?: string; open?: boolean; after?: string; limit?: number }): Promise<Page<ReportClock> & { reporter: Reporter | null }> =>
  get("/report-clocks", query);
export const reportFailures = (since: string, until: string): Promise<ReportFailures> => get("/report-failures", { since, until });
export const reportRules = (): Promise<ReportRules> => get("/report-rules");
export const changeReportRules = (book: Pick<ReportRules, "rules" | "heading" | "version">, key: string): Promise<ReportRules> =>
  put("/report-rules", { ...book, rules: book.rules.map(({ leg_label: _leg, channel_label: _channel, ...rule }) => rule) }, key);
export const reportTemplates = (): Promise<{ items: ReportTemplate[] }> => get("/report-templates");
export const templateUrl = (kind: ReportKind): string => `/api/report-templates/${kind}`;
export const resetTemplate = (kind: ReportKind, key: string): Promise<ReportTemplate> => post(`/report-templates/${kind}/reset`, {}, key);

export function uploadTemplate(kind: ReportKind, file: File, key: string): Promise<ReportTemplate> {
  const body = new FormData();
  body.append("file", file);
  return request("PUT", `/report-templates/${kind}`, { body, key, timeoutMs: 60_000 });
}
