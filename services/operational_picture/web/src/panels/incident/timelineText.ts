/** A sentence for one entry of an incident's timeline: the catalogue's, else one made of its kind and parameters. */
import type { TimelineEntry, TimelineKind } from "@/api/types";
import { gradeWord } from "@/components/grades";
import { label, sentence } from "@/i18n";
import { minuteText } from "@/i18n/time";

interface FieldChange {
  field: string;
  before: unknown;
  after: unknown;
}

const KIND: Record<TimelineKind, string> = {
  reported: "接报登记",
  updated: "续报",
  recovering: "转入善后",
  observation: "现场气温",
  report: "信息报送",
  closed: "处置结束",
  reopened: "重新打开",
  merged: "合并",
  split: "撤销合并",
  note: "备注",
  assignment: "力量",
  notification: "叫应",
  handover: "移交",
  graded: "判级",
  command: "指挥权",
  call: "来电",
  step: "处置清单",
  mark: "标绘",
  post: "指挥部",
  order: "指令单",
  evacuation: "撤离",
  activation: "响应",
};

const FIELD: Record<string, string> = {
  type_code: "类型", title: "标题", status: "状态", grade: "等级", possible_grade: "可能等级", sensitive: "敏感",
  sensitive_reasons: "敏感原因", occurred_at: "发生时间", received_at: "接报时间", closed_at: "结束时间", source: "来源",
  lon: "坐标", lat: "坐标", place_text: "地点", text: "地点", township: "属地", dead: "死亡", missing: "失联",
  trapped: "被困", serious: "重伤", injured: "受伤", description: "情况说明", caller: "报告人",
  loss_yuan: "直接经济损失", burnt_hectares: "受害面积", acute_poisoned: "急性中毒", first_public_at: "首次公开时间",
  first_public_where: "首次公开处", grading: "定级依据", figures: "来源数字", casualty_window: "超期数字", command_transfer: "指挥权移交",
  note: "备注", observation: "现场气温", unit_report: "单位自报", handover: "移交", home_site: "归属单位", merged_into: "合并到",
};

/** Fields whose values are too long or too private to be written into a line. */
const NAME_ONLY = new Set(["description", "caller", "lon", "lat", "source_crs", "sensitive_reasons", "type_code", "township",
  "grading", "figures", "casualty_window", "command_transfer"]);

const lastPart = (field: string): string => field.split(".").at(-1) ?? field;

function value(field: string, raw: unknown): string {
  if (raw === null || raw === undefined || raw === "") return "未知";
  if (field === "status") return label("incident_status", String(raw));
  if (field === "grade" || field === "possible_grade") return gradeWord(String(raw));
  if (field === "source") return label("incident_source", String(raw));
  if (field.endsWith("_at")) return minuteText(String(raw));
  return typeof raw === "boolean" ? (raw ? "是" : "否") : String(raw);
}

function changeText({ field: path, before, after }: FieldChange): string {
  const field = lastPart(path);
  const name = FIELD[field] ?? field;
  return NAME_ONLY.has(field) ? `${name}已改` : `${name} ${value(field, before)} → ${value(field, after)}`;
}

/** 「伤亡 死亡 0 → 2」 and so on, each field once. */
export function changesText(changes: readonly FieldChange[]): string {
  return [...new Set(changes.filter((one) => lastPart(one.field) !== "source_crs").map(changeText))].join(";");
}

/** 「标题、死亡」: the names alone, each once. */
export function fieldNames(fields: readonly string[]): string {
  const named = fields.map(lastPart).filter((field) => field !== "source_crs");
  return [...new Set(named.map((field) => FIELD[field] ?? "其他"))].join("、");
}

const text = (raw: unknown): string => (typeof raw === "string" || typeof raw === "number" ? String(raw) : "");

function detail({ kind, params }: TimelineEntry): string {
  if (Array.isArray(params.changes)) return changesText(params.changes as FieldChange[]);
  return [params.organisation, params.text, params.summary, params.reason, params.note].map(text).filter(Boolean).join(";")
    || (kind === "merged" || kind === "split" ? text(params.number) : "");
}

function head({ kind, params }: TimelineEntry): string {
  if (kind === "assignment") return `${text(params.unit_name)} ${label("assignment_status", text(params.status))}`.trim();
  if (kind === "notification") return `叫应 ${label("notification_state", text(params.state))}`.trim();
  return KIND[kind] ?? kind;
}

/** Heading and detail of the entry. */
export function timelineText(entry: TimelineEntry): { head: string; detail: string } {
  const told = sentence(entry.code, entry.params);
  const more = detail(entry);
  const isTold = told !== entry.code && !told.includes("{");
  return { head: isTold ? told : head(entry), detail: isTold && told.includes(more) ? "" : more };
}
