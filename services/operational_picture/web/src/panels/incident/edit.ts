/** The editable part of an incident as a form, what changed in it, and what somebody else changed meanwhile. */
import type {
  Casualties,
  Crs,
  Incident,
  IncidentChange,
  IncidentGrade,
  IncidentRecord,
  IncidentSource,
} from "@/api/types";
import { parseCoordinates } from "@/forms/coordinates";
import { fromField, toField } from "@/forms/fieldTime";
import { pointText } from "./place";

export interface EditFields {
  type_code: string;
  title: string;
  place: string;
  township: string;
  coordinates: string;
  crs: Crs;
  occurred_at: string;
  casualties: Casualties;
  source: IncidentSource | "";
  grade: IncidentGrade | "";
  grade_reason: string;
  possible_grade: IncidentGrade | "";
  sensitive: boolean;
  sensitive_reasons: string[];
  first_public_at: string;
  first_public_where: string;
  description: string;
}

export const EDIT_NAME: Record<keyof EditFields, string> = {
  type_code: "类型",
  title: "标题",
  place: "地点",
  township: "属地",
  coordinates: "坐标",
  crs: "坐标系",
  occurred_at: "发生时间",
  casualties: "伤亡",
  source: "来源",
  grade: "等级",
  grade_reason: "定级理由",
  possible_grade: "可能等级",
  sensitive: "敏感",
  sensitive_reasons: "敏感原因",
  first_public_at: "首次公开时间",
  first_public_where: "首次公开处",
  description: "情况说明",
};

export function toFields(incident: Incident | IncidentRecord): EditFields {
  const { location, grading } = incident;
  return {
    type_code: incident.type_code ?? "",
    title: incident.title ?? "",
    place: location.text ?? "",
    township: location.township ?? "",
    coordinates: pointText(location),
    crs: "wgs84",
    occurred_at: toField(incident.occurred_at),
    casualties: { ...incident.casualties },
    source: incident.source ?? "",
    // What the rules say follows from the figures; only what a person said is edited here.
    grade: (grading ? grading.manual_grade : incident.grade) ?? "",
    grade_reason: grading?.reason ?? "",
    possible_grade: (grading ? grading.said : incident.possible_grade) ?? "",
    sensitive: incident.sensitive,
    sensitive_reasons: [...incident.sensitive_reasons],
    first_public_at: incident.first_public_at ? toField(incident.first_public_at) : "",
    first_public_where: incident.first_public_where ?? "",
    description: incident.description ?? "",
  };
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

export function changedKeys(base: EditFields, form: EditFields): (keyof EditFields)[] {
  return (Object.keys(base) as (keyof EditFields)[]).filter((key) => !same(base[key], form[key]));
}

/** The figures that were typed: each is its own, so that nobody's other figure is written over. */
function changedFigures(base: EditFields, form: EditFields): Partial<Casualties> {
  const changed = Object.entries(form.casualties).filter(([name, value]) => value !== base.casualties[name as keyof Casualties]);
  return Object.fromEntries(changed) as Partial<Casualties>;
}

const WHERE: readonly (keyof EditFields)[] = ["place", "township", "coordinates", "crs"];

/** Whether the coordinates are empty or can be read; else the form must not be sent. */
export function hasReadablePoint(form: EditFields): boolean {
  return !form.coordinates.trim() || parseCoordinates(form.coordinates) !== null;
}

/** Only the parts of the place that changed: an unsent point stays, a cleared one goes. */
function locationOf(form: EditFields, has: (key: keyof EditFields) => boolean): IncidentChange["location"] {
  const point = parseCoordinates(form.coordinates);
  return {
    ...(has("place") && { text: form.place.trim() || null }),
    ...(has("township") && { township: form.township || null }),
    ...((has("coordinates") || has("crs")) && { lon: point?.lon ?? null, lat: point?.lat ?? null, crs: form.crs }),
  };
}

/** Only what changed, so that nobody's other edit is written over. */
export function toChange(base: EditFields, form: EditFields): IncidentChange {
  const keys = changedKeys(base, form);
  const has = (key: keyof EditFields): boolean => keys.includes(key);
  const occurred = fromField(form.occurred_at);
  return {
    ...(has("type_code") && { type_code: form.type_code || null }),
    ...(has("title") && { title: form.title.trim() || null }),
    ...(WHERE.some(has) && { location: locationOf(form, has) }),
    ...(has("occurred_at") && occurred && { occurred_at: occurred }),
    ...(has("casualties") && { casualties: changedFigures(base, form) }),
    ...(has("source") && { source: form.source || null }),
    ...(has("grade") && { grade: form.grade || null }),
    ...((has("grade") || has("grade_reason")) && form.grade && { grade_reason: form.grade_reason.trim() || null }),
    ...(has("possible_grade") && { possible_grade: form.possible_grade || null }),
    ...(has("sensitive") && { sensitive: form.sensitive }),
    ...(has("sensitive_reasons") && { sensitive_reasons: form.sensitive_reasons }),
    ...(has("first_public_at") && { first_public_at: fromField(form.first_public_at) }),
    ...(has("first_public_where") && { first_public_where: form.first_public_where.trim() || null }),
    ...(has("description") && { description: form.description.trim() || null }),
  };
}

export interface Conflict {
  key: keyof EditFields;
  name: string;
  theirs: string;
  /** Null when this person did not touch the field, so nothing of theirs is at stake. */
  mine: string | null;
}

/** What somebody else changed since `base`, beside what was typed here. */
export function conflicts(
  base: EditFields,
  current: EditFields,
  form: EditFields,
  show: (key: keyof EditFields, fields: EditFields) => string,
): Conflict[] {
  const mine = changedKeys(base, form);
  const kept = rebased(base, current, form);
  return changedKeys(base, current).map((key) => ({
    key,
    name: EDIT_NAME[key],
    theirs: show(key, current),
    mine: mine.includes(key) ? show(key, kept) : null,
  }));
}

/** Their changes taken over wherever nothing was typed here. */
export function rebased(base: EditFields, current: EditFields, form: EditFields): EditFields {
  const mine = changedKeys(base, form);
  const typed = Object.fromEntries(mine.map((key) => [key, form[key]]));
  return { ...current, ...typed, casualties: { ...current.casualties, ...changedFigures(base, form) } };
}
