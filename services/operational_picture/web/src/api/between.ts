import { post } from "./client";
import type { CheckFinding, Handover, IncidentRecord, SiteCheck, SiteConflict, UnitRequest } from "./types";

const at = (path: string, id: string, act: string): string => `/${path}/${encodeURIComponent(id)}/${act}`;

/** Asks the unit's own site to send it; nothing is ordered by this. */
export const askForUnit = (
  ask: { incident_id: string; unit_id: string; note?: string }, key: string,
): Promise<UnitRequest> => post("/requests", ask, key);
export const answerRequest = (id: string, yes: boolean, note: string, key?: string): Promise<UnitRequest> =>
  post(at("requests", id, yes ? "accept" : "decline"), note ? { note } : {}, key);
export const askToTakeOver = (id: string, toSite: string, reason: string, key?: string): Promise<IncidentRecord> =>
  post(at("incidents", id, "handover"), { to_site: toSite, reason }, key);
export const answerHandover = (id: string, yes: boolean, note: string, key?: string): Promise<Handover> =>
  post(at("handovers", id, yes ? "accept" : "decline"), note ? { note } : {}, key);
export const decideConflict = (
  id: string, decision: { decision: "same" | "different"; keep_id?: string; reason: string }, key?: string,
): Promise<SiteConflict> => post(at("conflicts", id, "decision"), decision, key);
export const closeCheck = (id: string, finding: CheckFinding, note: string, key?: string): Promise<SiteCheck> =>
  post(at("checks", id, "close"), { finding, ...(note && { note }) }, key);
