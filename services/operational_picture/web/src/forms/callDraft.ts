/** The same form as a call: what was said is kept although no incident is taken. */
import type { CallDraft, CallRecord } from "@/api";
import { blankIntake, toDraft, type IntakeFields } from "./intake";

export function toCall(form: IntakeFields, now: number): CallDraft {
  const { title, description, received_at: received, source, caller, type_code: type, location, told_others: told } = toDraft(form, now);
  const said = [title, description].filter(Boolean).join("\n");
  return {
    ...(received && { received_at: received }),
    ...(source && { source }),
    ...(caller && { caller }),
    ...(said && { said }),
    ...(type && { type_code: type }),
    ...(location && { location }),
    ...(told && { told_others: told.map(({ who, at }) => ({ who, at: at ?? null })) }),
  };
}

/** A waiting call as a form, to be taken as an incident; its caller is what this person may read. */
export function fromCall(call: CallRecord): IntakeFields {
  const { lon, lat } = call;
  return {
    ...blankIntake(),
    callId: call.id,
    typeCode: call.type_code ?? "",
    place: call.place_text ?? "",
    township: call.township ?? "",
    coordinates: lon !== null && lat !== null ? `${lon},${lat}` : "",
    source: call.source,
    callerName: call.caller?.name ?? "",
    callerPhone: call.caller?.phone ?? "",
    callerOrganisation: call.caller?.organisation ?? "",
    callerPost: call.caller?.post ?? "",
    toldOthers: call.told_others.map((one) => one.who).join("、"),
    description: call.said ?? "",
    receivedAt: call.received_at,
  };
}
