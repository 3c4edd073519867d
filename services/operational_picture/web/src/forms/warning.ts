/** The form of a warning: its fields, what is still missing of the eight statutory points, and what is sent. */
import type { LonLat, Township, Warning, WarningChange, WarningColor, WarningDraft } from "@/api/types";
import { fromField, toField } from "./fieldTime";

export interface WarningFields {
  eventCode: string;
  color: WarningColor | "";
  startsAt: string;
  endsAt: string;
  townships: string[];
  corners: LonLat[];
  caution: string;
  measures: string;
  authority: string;
  exercise: boolean;
}

export const COLORS: readonly WarningColor[] = ["blue", "yellow", "orange", "red"];
const HEIGHT: Record<WarningColor, number> = { blue: 0, yellow: 1, orange: 2, red: 3 };
const PLACES = 6;

export const blankWarning = (): WarningFields => ({
  eventCode: "", color: "", startsAt: "", endsAt: "", townships: [], corners: [], caution: "", measures: "", authority: "", exercise: false,
});

export const isBegun = (form: WarningFields): boolean =>
  Boolean(form.eventCode || form.color || form.townships.length || form.corners.length || form.caution.trim() || form.measures.trim());

/** The colours that this way of changing may lead to. */
export function offeredColors(way: "issue" | "raise" | "lower", from: WarningColor | null): readonly WarningColor[] {
  if (way === "issue" || !from) return COLORS;
  return COLORS.filter((one) => (way === "raise" ? HEIGHT[one] > HEIGHT[from] : HEIGHT[one] < HEIGHT[from]));
}

const WHOLE = /全域$/;

/** The townships of a warning that has nothing but townships; none otherwise, and then its area stays as it is. */
function townshipsOf(warning: Warning, townships: readonly Township[]): string[] {
  const names = (warning.area_text ?? "").split("、").filter(Boolean);
  if (names.length === 1 && WHOLE.test(names[0]!)) return townships.map((one) => one.code);
  const found = names.map((name) => townships.find((one) => one.name === name)?.code);
  return found.every((code) => code !== undefined) ? found : [];
}

/** What another warning said, as the start of its next message. */
export const fromWarning = (warning: Warning, townships: readonly Township[]): WarningFields => ({
  ...blankWarning(),
  townships: townshipsOf(warning, townships),
  eventCode: warning.event_code ?? "",
  endsAt: warning.expires ? toField(warning.expires) : "",
  caution: warning.description ?? "",
  measures: warning.instruction ?? "",
  exercise: !warning.is_real,
});

/** The points of 突发事件应对法 §64 that a person must still give; issuer and time of issue are the system's. */
export function lacking(form: WarningFields, needsArea: boolean, needsLeave: boolean): string[] {
  const points: [boolean, string][] = [
    [!form.eventCode, "类别"], [!form.color, "级别"], [needsArea && !form.townships.length && form.corners.length < 3, "可能影响范围"],
    [!form.caution.trim(), "警示事项"], [!form.measures.trim(), "应采取的措施"], [needsLeave && !form.authority.trim(), "授权依据"],
  ];
  return points.filter(([lacks]) => lacks).map(([, name]) => name);
}

const area = ({ townships, corners }: WarningFields): Pick<WarningDraft, "area_townships" | "polygon"> => ({
  area_townships: townships,
  ...(corners.length > 0 && {
    polygon: corners.map(({ lon, lat }): [number, number] => [Number(lon.toFixed(PLACES)), Number(lat.toFixed(PLACES))]),
  }),
});

function common(form: WarningFields): Omit<WarningDraft, "event_code" | "area_townships"> {
  const [starts, ends] = [fromField(form.startsAt), fromField(form.endsAt)];
  return {
    color: form.color as WarningColor, caution: form.caution.trim(), measures: form.measures.trim(),
    ...(starts && { starts_at: starts }), ...(ends && { ends_at: ends }),
    ...(form.authority.trim() && { authority_reference: form.authority.trim() }),
  };
}

export const toIssue = (form: WarningFields): WarningDraft =>
  ({ event_code: form.eventCode, ...common(form), ...area(form), ...(form.exercise && { exercise: true }) });

export const toWarningChange = (form: WarningFields): WarningChange =>
  ({ ...common(form), ...((form.townships.length || form.corners.length) && area(form)) });
