/** A sentence for one entry of an incident's timeline: the catalogue's, else one made of the kind and its parameters. */
import type { TimelineEntry, TimelineKind } from "@/api/types";
import { label, sentence } from "@/i18n";

const KIND: Record<TimelineKind, string> = {
  reported: "接报登记",
  updated: "更新",
  closed: "处置结束",
  reopened: "重新打开",
  merged: "合并",
  split: "撤销合并",
  note: "备注",
  assignment: "力量",
  notification: "叫应",
};

const FIELD: Record<string, string> = {
  type_code: "类型", type_name: "类型", title: "标题", status: "状态", grade: "等级", possible_grade: "可能等级",
  sensitive: "敏感", sensitive_reasons: "敏感原因", occurred_at: "发生时间", source: "来源", location: "地点",
  casualties: "伤亡", description: "情况说明", caller: "报告人",
};

/** The Chinese names of changed fields, each once. */
export function fieldNames(fields: readonly string[]): string {
  return [...new Set(fields.map((field) => FIELD[field.split(".")[0] ?? field] ?? field))].join("、");
}

function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function detail({ kind, params }: TimelineEntry): string {
  if (kind === "updated" && Array.isArray(params.changed)) return fieldNames(params.changed as string[]);
  if (kind === "assignment") {
    return [text(params.unit_name), label("assignment_status", text(params.status))].filter(Boolean).join(" ");
  }
  if (kind === "notification") return [text(params.person_name), label("notification_state", text(params.state))].filter(Boolean).join(" ");
  return text(params.text) || text(params.summary) || text(params.reason) || text(params.number) || text(params.title);
}

/** Heading and detail of the entry. */
export function timelineText(entry: TimelineEntry): { head: string; detail: string } {
  const key = `timeline.${entry.code}`;
  const told = sentence(key, entry.params);
  if (told !== key) return { head: told, detail: text(entry.params.text) || text(entry.params.reason) || text(entry.params.summary) };
  return { head: KIND[entry.kind] ?? entry.kind, detail: detail(entry) };
}
