/** How grave an incident is, in words: figures, where a grade comes from, what waits for a person. */
import type { Figure, FigureField, Grading, Incident } from "@/api/types";
import { gradeWord } from "@/components/grades";
import { label } from "@/i18n";

const TEN_THOUSAND = 10_000;

/** 「1200 万元」, 「0.6 公顷」, 「12」. */
export function amount(field: string, value: number): string {
  if (field === "loss_yuan") return value >= TEN_THOUSAND ? `${Number((value / TEN_THOUSAND).toFixed(4))} 万元` : `${value} 元`;
  return field === "burnt_hectares" ? `${value} 公顷` : String(value);
}

const NAME: Record<FigureField, string> = {
  dead: "死亡", missing: "失联", serious: "重伤", injured: "受伤", trapped: "被困", acute_poisoned: "急性中毒",
  loss_yuan: "直接经济损失", burnt_hectares: "受害面积",
};
export const figureName = (field: string): string => NAME[field as FigureField] ?? field;

export const sourceText = (one: Pick<Figure, "source" | "source_name">): string =>
  `${label("incident_source", one.source) || one.source}${one.source_name ? `(${one.source_name})` : ""}`;

/** The value of a field that is in force. */
export function inForce(incident: Incident, field: string): number | null {
  if (field in incident.casualties) return incident.casualties[field as keyof Incident["casualties"]];
  const rest = { loss_yuan: incident.loss_yuan, burnt_hectares: incident.burnt_hectares, acute_poisoned: incident.acute_poisoned };
  return rest[field as keyof typeof rest] ?? null;
}

export interface Dispute {
  field: string;
  figures: Figure[];
}

/** Fields with numbers that nobody has decided between; a decided number is not asked about again. */
export function disputes(incident: Incident): Dispute[] {
  const figures = incident.figures ?? [];
  const fields = [...new Set(figures.map((one) => one.field))];
  return fields
    .filter((field) => figures.some((one) => one.field === field && !one.settled && one.value !== inForce(incident, field)))
    .map((field) => ({ field, figures: figures.filter((one) => one.field === field) }));
}

/** 「死亡(上报含失联)达到 10」; the lowest grade begins with nothing. */
export function ruleText({ metric, at_least: from }: Grading): string {
  if (!metric || from === null) return "";
  const field = metric === "deaths" ? "dead" : metric;
  if (from === 0) return `${figureName(field)}没有达到上一级的标准`;
  return `${figureName(field)}达到 ${amount(field, from)}(含本数)`;
}

/** Why the clocks do not run by the grade itself. */
export function clockText(incident: Incident): string {
  const { clock_grade: clock, grade, sensitive, possible_grade: possible } = incident;
  if (!clock || clock === grade) return "";
  const why = clock === possible ? "失联等按上报口径计入" : sensitive ? "敏感事件" : "按规则";
  return `时限按${gradeWord(clock)}办理(${why})`;
}
