import { get, patch, post } from "./client";
import { importFile } from "./dispatch";
import type { DutyCard, Hint, ImportResult, Instant, OnDuty, Page, Person, PersonDraft, Shift, ShiftDraft } from "./types";

export const onDuty = (at?: Instant): Promise<OnDuty> => get("/roster/on-duty", { at });
export const dutyCard = (date: string): Promise<DutyCard> => get("/roster/duty-card", { date });
export const listPeople = (query: { after?: string; limit?: number; q?: string } = {}): Promise<Page<Person>> =>
  get("/people", query);
export const createPerson = (draft: PersonDraft, key?: string): Promise<Person> => post("/people", draft, key);
export const changePerson = (id: string, change: Partial<Person>, key?: string): Promise<Person> =>
  patch(`/people/${encodeURIComponent(id)}`, change, key);
export const listShifts = (query: { from?: Instant; to?: Instant; after?: string; limit?: number }): Promise<Page<Shift>> =>
  get("/roster/shifts", query);
export const createShift = (draft: ShiftDraft, key?: string): Promise<Shift & { hints?: Hint[] }> =>
  post("/roster/shifts", draft, key);
export const changeShift = (id: string, change: Partial<Shift>, key?: string): Promise<Shift & { hints?: Hint[] }> =>
  patch(`/roster/shifts/${encodeURIComponent(id)}`, change, key);
export const cancelShift = (id: string, key?: string): Promise<Shift> =>
  post(`/roster/shifts/${encodeURIComponent(id)}/cancel`, {}, key);
export const importPeople = (file: File, dryRun: boolean): Promise<ImportResult> => importFile("/people/import", file, dryRun);
export const importRoster = (file: File, dryRun: boolean): Promise<ImportResult> => importFile("/roster/import", file, dryRun);
