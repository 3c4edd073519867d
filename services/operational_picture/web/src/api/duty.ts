/** 交接班、点名、换岗, and what the bureau decides about its duty. */
import { get, post, put, request } from "./client";
import type {
  CalendarDay, DutySignature, DutyHandover, HandoverChecks, HandoverDraft, Instant, Page, Relief, ReliefDraft, RollCall, RollCallContacts, RollCallDraft,
  RollCallRules, RollCalls, Staffing,
} from "./types";

const one = (id: string): string => `/roster/handovers/${encodeURIComponent(id)}`;
const roll = (id: string): string => `/roll-calls/${encodeURIComponent(id)}`;
const relief = (id: string): string => `/roster/reliefs/${encodeURIComponent(id)}`;

export const listHandovers = (after?: string): Promise<Page<DutyHandover>> => get("/roster/handovers", { after });
export const readHandover = (id: string): Promise<DutyHandover> => get(one(id));
export const openHandover = (draft: HandoverDraft, key?: string): Promise<DutyHandover> => post("/roster/handovers", draft, key);
export const signOut = (
  id: string, said: { done: string[]; notes: Record<string, string>; explanation?: string }, key?: string,
): Promise<DutyHandover> => post(`${one(id)}/sign-out`, said, key);
export const signIn = (id: string, said: { confirmed: string[]; note?: string }, key?: string): Promise<DutyHandover> =>
  post(`${one(id)}/sign-in`, said, key);
export const cancelHandover = (id: string, reason: string, key?: string): Promise<DutyHandover> => post(`${one(id)}/cancel`, { reason }, key);

/** The incoming person signs at this desk by an own login, which ends at once; the session at the screen stays. */
export async function signInAs(
  login: { username: string; password: string }, id: string, said: { confirmed: string[]; note?: string }, key: string,
): Promise<DutyHandover> {
  const { token } = await request<{ token: string }>("POST", "/session", { body: login, token: "" });
  try {
    return await request<DutyHandover>("POST", `${one(id)}/sign-in`, { body: said, key, token });
  } finally {
    await request("DELETE", "/session", { token }).catch(() => undefined);
  }
}

export const listRollCalls = (query: { from?: Instant; to?: Instant; limit?: number; after?: string } = {}): Promise<RollCalls> =>
  get("/roll-calls", query);
export const startRollCall = (draft: RollCallDraft, key?: string): Promise<RollCall> => post("/roll-calls", draft, key);
export const answerRollCall = (
  id: string, code: string, said: { by: string; stand_in: boolean; note?: string }, key?: string,
): Promise<RollCall> => post(`${roll(id)}/units/${encodeURIComponent(code)}/answer`, said, key);
export const finishRollCall = (id: string, key?: string): Promise<RollCall> => post(`${roll(id)}/finish`, {}, key);

export const listReliefs = (after?: string): Promise<Page<Relief>> => get("/roster/reliefs", { after });
export const applyRelief = (draft: ReliefDraft, key?: string): Promise<Relief> => post("/roster/reliefs", draft, key);
export const agreeRelief = (id: string, key?: string): Promise<Relief> => post(`${relief(id)}/agree`, {}, key);
export const approveRelief = (id: string, key?: string): Promise<Relief> => post(`${relief(id)}/approve`, {}, key);
export const rejectRelief = (id: string, reason: string, key?: string): Promise<Relief> => post(`${relief(id)}/reject`, { reason }, key);

type Change<T> = Omit<T, "updated_at" | "updated_by">;
export const staffing = (): Promise<Staffing> => get("/roster/staffing");
export const changeStaffing = (body: Change<Staffing>, key?: string): Promise<Staffing> => put("/roster/staffing", body, key);
export const handoverChecks = (): Promise<HandoverChecks> => get("/roster/handover-checklist");
export const changeHandoverChecks = (body: Change<HandoverChecks>, key?: string): Promise<HandoverChecks> => put("/roster/handover-checklist", body, key);
export const rollCallRules = (): Promise<RollCallRules> => get("/roster/roll-call-rules");
export const changeRollCallRules = (body: Change<RollCallRules>, key?: string): Promise<RollCallRules> => put("/roster/roll-call-rules", body, key);
export const rollCallContacts = (): Promise<RollCallContacts> => get("/roster/roll-call-contacts");
export const changeRollCallContacts = (
  body: { contacts: { code: string; person_id: string; leader_id: string | null }[]; version: number }, key?: string,
): Promise<RollCallContacts> => put("/roster/roll-call-contacts", body, key);

export const calendarYear = (year: number): Promise<{ days: CalendarDay[] }> => get("/roster/calendar", { year });
export const setCalendarDay = (day: string, said: { kind: string; name: string | null; basis: string }, key?: string): Promise<unknown> =>
  put(`/roster/calendar/${encodeURIComponent(day)}`, said, key);
export const clearCalendarDay = (day: string): Promise<unknown> => request("DELETE", `/roster/calendar/${encodeURIComponent(day)}`);

export const signatureText = (signed: DutySignature): string => `${signed.name}(${signed.account})`;
