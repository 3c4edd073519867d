/** What the intake form holds, and how it becomes a report; gaps are named and never refuse a first report. */
import {
  newKey,
  type Casualties,
  type Crs,
  type FirstReport,
  type IncidentDraft,
  type IncidentGrade,
  type IncidentSource,
  type Township,
} from "@/api";
import { parseCoordinates, type Point } from "./coordinates";
import { tidyPhone } from "./phones";
import { parseSpokenTime } from "./spokenTime";

export interface IntakeFields {
  /** One key per form, kept with the draft: the same report sent twice is registered once. */
  key: string;
  typeCode: string;
  /** What was said when it fits no type; becomes the title. */
  what: string;
  place: string;
  township: string;
  coordinates: string;
  crs: Crs;
  /** As spoken; empty means now. */
  when: string;
  casualties: Casualties;
  source: IncidentSource | "";
  callerName: string;
  callerPhone: string;
  callerOrganisation: string;
  callerPost: string;
  /** Whom the caller had told before us, as one says it: 119、村委会. */
  toldOthers: string;
  sensitive: boolean;
  sensitiveReasons: string[];
  possibleGrade: IncidentGrade | "";
  description: string;
  /** When the call came in: the moment of the first thing typed; the reporting clocks run from here. */
  receivedAt: string;
  /** The report that was sent without a clear answer; sent again first, so that nothing doubles. */
  unanswered: string;
  /** Answers to the questions of the type's list, by question. */
  answers: Record<string, string>;
  /** The waiting call that is taken as an incident by this form. */
  callId: string;
  /** Waiting calls that tell of the same; linked when the incident is there. */
  alsoCalls: string[];
  /** Key of the refused report in the outbox that this one takes the place of. */
  replaces: string;
}

export const SENSITIVE_REASONS = ["敏感时间", "敏感地点", "敏感人群", "事件本身敏感", "舆情关注"];

export function blankIntake(): IntakeFields {
  return {
    key: newKey(),
    typeCode: "",
    what: "",
    place: "",
    township: "",
    coordinates: "",
    crs: "wgs84",
    when: "",
    casualties: { dead: null, missing: null, serious: null, injured: null, trapped: null },
    source: "",
    callerName: "",
    callerPhone: "",
    callerOrganisation: "",
    callerPost: "",
    toldOthers: "",
    sensitive: false,
    sensitiveReasons: [],
    possibleGrade: "",
    description: "",
    receivedAt: "",
    unanswered: "",
    answers: {},
    callId: "",
    alsoCalls: [],
    replaces: "",
  };
}

/** Whether anything was typed that would be a loss. */
export function isTouched(form: IntakeFields): boolean {
  const blank = { ...blankIntake(), key: form.key, receivedAt: form.receivedAt };
  return JSON.stringify(form) !== JSON.stringify(blank);
}

/** Whether the report says anything at all; the server asks for one of these. */
export function isReportable(form: IntakeFields): boolean {
  return [form.typeCode, form.what, form.place, form.description].some((text) => text.trim() !== "");
}

export function pointOf(form: IntakeFields): Point | null {
  return form.coordinates.trim() ? parseCoordinates(form.coordinates) : null;
}

/** What could not be read is kept word for word in the description instead of being refused. */
function keptText(form: IntakeFields, now: number): string | null {
  const kept = [form.description.trim()];
  if (form.coordinates.trim() && !pointOf(form)) kept.push(`坐标原文:${form.coordinates.trim()}`);
  if (form.when.trim() && !parseSpokenTime(form.when, now)) kept.push(`时间原文:${form.when.trim()}`);
  return kept.filter(Boolean).join("\n") || null;
}

function callerOf(form: IntakeFields): FirstReport["caller"] {
  const caller = {
    name: form.callerName.trim() || null,
    phone: tidyPhone(form.callerPhone) || null,
    organisation: form.callerOrganisation.trim() || null,
    post: form.callerPost.trim() || null,
  };
  return Object.values(caller).some(Boolean) ? caller : null;
}

function locationOf(form: IntakeFields): NonNullable<IncidentDraft["location"]> {
  const point = pointOf(form);
  return {
    ...(form.place.trim() && { text: form.place.trim() }),
    ...(form.township && { township: form.township }),
    ...(point && { lon: point.lon, lat: point.lat, crs: form.crs }),
  };
}

/** The report as the server takes it; fields nobody filled are left out. */
export function toDraft(form: IntakeFields, now: number): FirstReport {
  const occurred = form.when.trim() ? parseSpokenTime(form.when, now) : null;
  const location = locationOf(form);
  const description = keptText(form, now);
  const caller = callerOf(form);
  const told = form.toldOthers.split(/[、,，;；\s]+/).filter(Boolean);
  const answers = Object.entries(form.answers).filter(([, answer]) => answer.trim());
  return {
    ...(form.typeCode ? { type_code: form.typeCode } : form.what.trim() && { title: form.what.trim() }),
    ...(Object.keys(location).length && { location }),
    ...(occurred && { occurred_at: occurred }),
    ...(form.receivedAt && { received_at: form.receivedAt }),
    casualties: form.casualties,
    ...(form.source && { source: form.source }),
    ...(caller && { caller }),
    sensitive: form.sensitive,
    ...(form.sensitive && { sensitive_reasons: form.sensitiveReasons }),
    ...(form.possibleGrade && { possible_grade: form.possibleGrade }),
    ...(description && { description }),
    ...(told.length && { told_others: told.map((who) => ({ who })) }),
    ...(answers.length && { answers: Object.fromEntries(answers) }),
    ...(form.callId && { call_id: form.callId }),
  };
}

/** What a report is asked for, six things and no more; none of them keeps it from being saved. Time is now unless said. */
export const NEEDED = ["事件类型", "地点", "发生时间", "信息来源", "报告人", "情况说明"] as const;

/** The gaps of a report in Chinese, in the order in which a caller is asked. */
export function missing(form: IntakeFields): string[] {
  const gaps: [boolean, string][] = [
    [!form.typeCode, NEEDED[0]],
    [!form.place.trim(), NEEDED[1]],
    [!form.source, NEEDED[3]],
    [!form.callerPhone.trim() && !form.callerName.trim(), NEEDED[4]],
    [!form.description.trim(), NEEDED[5]],
    [!form.township && !pointOf(form), "属地"],
    [!pointOf(form), "坐标"],
    [Object.values(form.casualties).every((count) => count === null), "伤亡情况"],
  ];
  return gaps.filter(([isMissing]) => isMissing).map(([, name]) => name);
}

/** The township that an address names, by its name without 镇, 街道 or 地区. */
export function townshipIn(place: string, townships: readonly Township[]): string {
  const named = townships.find(({ name }) => place.includes(name.replace(/(地区|街道|镇)$/, "")));
  return named?.code ?? "";
}
