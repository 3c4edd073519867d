/** A report's fields as a form: how each is asked for, what changed, and what somebody else changed meanwhile. */
import type { ReportKind, ReportValue } from "@/api/types";
import { label } from "@/i18n";

export type FieldForm = Record<string, string>;
export type FieldShape = "number" | "line" | "text";

/** Order of speech: what and where, who is hurt, what is done, what is needed. */
export const GROUPS: readonly { title: string; fields: readonly string[] }[] = [
  { title: "事件", fields: ["event_time", "place", "source", "grade_text", "process", "cause", "unit_profile"] },
  { title: "伤亡和损失", fields: ["dead", "missing", "serious", "injured", "trapped", "loss"] },
  { title: "态势", fields: ["impact", "trend", "public_opinion"] },
  { title: "处置", fields: ["leaders_on_scene", "measures", "next_steps", "support_needed", "scene_contact"] },
];
/** A request for support says what is asked first, then what it is for. */
const SUPPORT: typeof GROUPS = [
  { title: "请求", fields: ["support_to", "support_by", "support_needed", "support_amount", "support_reason"] },
  { title: "事件", fields: ["event_time", "place", "grade_text", "process", "measures", "scene_contact"] },
  { title: "伤亡", fields: ["dead", "missing", "serious", "injured", "trapped"] },
];
export const groupsOf = (kind: ReportKind): typeof GROUPS => (kind === "support_request" ? SUPPORT : GROUPS);
const NUMBERS = new Set(["dead", "missing", "serious", "injured", "trapped"]);
const LINES = new Set(["event_time", "place", "source", "grade_text", "loss", "scene_contact", "leaders_on_scene", "support_to", "support_by", "support_amount"]);

export const shapeOf = (field: string): FieldShape => (NUMBERS.has(field) ? "number" : LINES.has(field) ? "line" : "text");
export const fieldName = (field: string): string => label("report.field", field);
export const valueText = (value: ReportValue | undefined): string => (value === null || value === undefined ? "" : String(value));

export const toForm = (fields: Record<string, ReportValue>): FieldForm =>
  Object.fromEntries(GROUPS.flatMap((one) => one.fields).concat(Object.keys(fields)).map((name) => [name, valueText(fields[name])]));

export const changedFields = (base: FieldForm, form: FieldForm): string[] =>
  Object.keys(form).filter((name) => (base[name] ?? "").trim() !== (form[name] ?? "").trim());

/** What is sent: numbers as numbers where they can be read, empty as not known. */
export function toFields(base: FieldForm, form: FieldForm): Record<string, ReportValue> {
  return Object.fromEntries(changedFields(base, form).map((name) => {
    const text = (form[name] ?? "").trim();
    const plain = text.normalize("NFKC");
    if (shapeOf(name) === "number" && /^\d{1,7}$/.test(plain)) return [name, Number(plain)];
    return [name, text || null];
  }));
}

export interface FieldConflict {
  field: string;
  name: string;
  theirs: string;
  /** Null when this person did not touch the field. */
  mine: string | null;
}

/** What somebody else changed since `base`, beside what was typed here. */
export function conflictsOf(base: FieldForm, theirs: FieldForm, form: FieldForm): FieldConflict[] {
  const mine = new Set(changedFields(base, form));
  return changedFields(base, theirs).map((field) => ({
    field, name: fieldName(field), theirs: theirs[field] || "空", mine: mine.has(field) ? form[field] || "空" : null,
  }));
}

/** Their changes taken over wherever nothing was typed here. */
export function rebasedForm(base: FieldForm, theirs: FieldForm, form: FieldForm): FieldForm {
  const mine = changedFields(base, form);
  return { ...theirs, ...Object.fromEntries(mine.map((name) => [name, form[name] ?? ""])) };
}
