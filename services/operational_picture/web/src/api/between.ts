import { get, post } from "./client";
import type {
  CheckFinding, Handover, HandoverOffer, IncidentRecord, Page, SiteCheck, SiteConflict, TimelineEntry, UnitRequest,
} from "./types";

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
export const withdrawHandover = (id: string, key?: string): Promise<IncidentRecord> =>
  post(at("incidents", id, "handover/withdraw"), {}, key);
export const listOffers = (): Promise<Page<HandoverOffer>> => get("/handovers");
/** A note on an incident, whoever writes it. */
export const addRemark = (id: string, text: string, key?: string): Promise<TimelineEntry> =>
  post(at("incidents", id, "remarks"), { text }, key);
/** Goes on beside another site's incident with one of this site. */
export const continueIncident = (id: string, reason: string, key?: string): Promise<IncidentRecord> =>
  post(at("incidents", id, "continue"), { reason }, key);
export const decideConflict = (
  id: string, decision: { decision: "same" | "different"; keep_id?: string; reason: string }, key?: string,
): Promise<SiteConflict> => post(at("conflicts", id, "decision"), decision, key);
export const closeCheck = (id: string, finding: CheckFinding, note: string, key?: string): Promise<SiteCheck> =>
  post(at("checks", id, "close"), { finding, ...(note && { note }) }, key);
