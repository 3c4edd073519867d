/** What the server says of the steps between the version an edit was made from and the present one. */
import { momentText } from "@/i18n/time";
import { fieldNames } from "./timelineText";

/** One step, to `version`; `changed` are names of fields, never values. No name: the platform did it by itself. */
export interface MeanwhileStep {
  version: number;
  at: string;
  actor_name: string | null;
  fact: string;
  changed: string[];
}

const FACT: Record<string, string> = {
  closed: "结束了处置", reopened: "重新打开", merged: "合并到另一事件", split: "撤销合并",
  handed_over: "移交", taken_over: "接手",
};

/** The steps in a refusal; none from an older server or one that does not know them. */
export function meanwhileSteps(told: unknown): MeanwhileStep[] {
  return Array.isArray(told) ? (told as MeanwhileStep[]) : [];
}

/** 「11-24 03:12 李四:标题、死亡」; today's without the day. */
export function stepText({ at, actor_name: name, fact, changed }: MeanwhileStep, now: number): string {
  const what = FACT[fact] ?? (fieldNames(changed) || "更新");
  return `${momentText(at, now)} ${name ?? "系统自动"}:${what}`;
}
