/** What is asked and done per type, and what looks like the same event. */
import { get, post, put } from "./client";
import type { DuplicateWindow, Duplicates, Guidance, IncidentDraft, IncidentGuidance } from "./types";

const at = (id: string): string => `/incidents/${encodeURIComponent(id)}`;
const step = (id: string, name: string): string => `${at(id)}/guidance/steps/${encodeURIComponent(name)}`;

export const checkDuplicates = (draft: IncidentDraft): Promise<Duplicates> => post("/duplicates/check", draft);
export const incidentDuplicates = (id: string): Promise<Duplicates> => get(`${at(id)}/duplicates`);
export const duplicateWindow = (): Promise<DuplicateWindow> => get("/duplicates/window");
export const changeDuplicateWindow = (
  window: Pick<DuplicateWindow, "metres" | "minutes" | "basis" | "verified" | "version">, key?: string,
): Promise<DuplicateWindow> => put("/duplicates/window", window, key);

export const allGuidance = (): Promise<{ items: Guidance[] }> => get("/guidance");
export const changeGuidance = (
  type: string, body: Pick<Guidance, "title" | "questions" | "checklist" | "version">, key?: string,
): Promise<Guidance> => put(`/guidance/${encodeURIComponent(type)}`, body, key);
export const resetGuidance = (type: string, version: number, key?: string): Promise<Guidance> =>
  post(`/guidance/${encodeURIComponent(type)}/reset`, { version }, key);
export const incidentGuidance = (id: string): Promise<IncidentGuidance> => get(`${at(id)}/guidance`);
export const answerQuestion = (id: string, question: string, answer: string, key?: string): Promise<IncidentGuidance> =>
  post(`${at(id)}/guidance/answers`, { answers: [{ question_id: question, answer }] }, key);
export const stepDone = (id: string, name: string, key?: string): Promise<IncidentGuidance> => post(`${step(id, name)}/done`, {}, key);
export const stepUndone = (id: string, name: string, key?: string): Promise<IncidentGuidance> => post(`${step(id, name)}/undo`, {}, key);
export const stepNotApplicable = (id: string, name: string, reason: string, key?: string): Promise<IncidentGuidance> =>
  post(`${step(id, name)}/not-applicable`, { reason }, key);
