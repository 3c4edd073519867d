/** What is decided about a call, as commands that may wait: each is carried out at once when the server answers. */
import { falseAlarm, linkCall, Problem, recordCall, transferCall, type CallDraft, type CallRecord } from "@/api";
import { PARENT, type Command } from "@/outbox/entry";
import { useOutbox, written, type Carried } from "@/stores/outbox";

/** A call that the server knows, or the key of one that waits here itself. */
export type CallRef = { id: string } | { key: string };
export interface Target {
  id: string;
  number: string;
}

type Place = Pick<Command, "aggregate" | "path" | "needs" | "method">;
function placeOf(ref: CallRef, act: string): Place {
  return "id" in ref
    ? { method: "POST", aggregate: `call:${ref.id}`, path: `/calls/${encodeURIComponent(ref.id)}/${act}`, needs: null }
    : { method: "POST", aggregate: `call:${ref.key}`, path: `/calls/${PARENT}/${act}`, needs: ref.key };
}
/** Asks the server about a call that it knows; what belongs to one that waits here waits behind it. */
const direct = (ref: CallRef, act: (id: string) => Promise<CallRecord>) => (): Promise<CallRecord> =>
  ("id" in ref ? act(ref.id) : Promise.reject(Problem.of("link.none")));

/** Takes a call down; with `incident_id` it tells of an incident that is known. */
export function carryRecord(draft: CallDraft, key: string, title: string): Promise<Carried<CallRecord>> {
  return useOutbox().carry(
    { key, kind: "call", method: "POST", path: "/calls", aggregate: `call:${key}`, body: { ...draft }, title }, () => recordCall(draft, key));
}

export function carryLink(ref: CallRef, incident: Target, reason: string, key: string, what: string): Promise<Carried<CallRecord>> {
  const command: Command = { ...placeOf(ref, "link"), key, kind: "link", body: { incident_id: incident.id, reason }, title: `${what} → ${incident.number}` };
  return useOutbox().carry(command, direct(ref, (id) => linkCall(id, incident.id, reason, key)));
}

export function carryTransfer(ref: CallRef, to: string, reason: string, answeredBy: string, key: string, what: string): Promise<Carried<CallRecord>> {
  const said = { to, reason, ...(answeredBy && { answered_by: answeredBy }), at: new Date().toISOString() };
  const command: Command = { ...placeOf(ref, "transfer"), key, kind: "transfer", body: said, title: `${what} → ${to}:${reason}` };
  return useOutbox().carry(command, direct(ref, (id) => transferCall(id, to, reason, answeredBy, key)));
}

export function carryFalseAlarm(ref: CallRef, reason: string, key: string, what: string): Promise<Carried<CallRecord>> {
  const command: Command = { ...placeOf(ref, "false-alarm"), key, kind: "false_alarm", body: { reason: written(reason) }, title: `${what}:${reason}` };
  return useOutbox().carry(command, direct(ref, (id) => falseAlarm(id, reason, key)));
}
