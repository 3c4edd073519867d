/** The way of an assignment as a person walks it: which state may follow which, and what the button says. */

import type { AssignmentStatus } from "@/api/types";

/** Mirrors the server's table; the server stays the judge. */
export const NEXT: Record<AssignmentStatus, readonly AssignmentStatus[]> = {
  ordered: ["accepted", "declined"],
  accepted: ["en_route"],
  en_route: ["on_scene", "returning"],
  on_scene: ["working", "returning"],
  working: ["assembling", "returning"],
  assembling: ["working", "returning"],
  returning: ["back"],
  back: [],
  recalled: [],
  declined: [],
};

/** What a team leader presses to reach the state. */
export const ACT_LABEL: Record<AssignmentStatus, string> = {
  ordered: "下达",
  accepted: "受领",
  en_route: "出动",
  on_scene: "到场",
  working: "开始处置",
  assembling: "集结",
  returning: "返回",
  back: "归队",
  recalled: "撤回",
  declined: "不能受领",
};

/** Order in which an incident's forces are counted, nearest to the scene first. */
export const BY_NEARNESS: readonly AssignmentStatus[] = [
  "working",
  "on_scene",
  "assembling",
  "en_route",
  "accepted",
  "ordered",
  "returning",
  "back",
  "recalled",
  "declined",
];

export function nextStates(state: string): readonly AssignmentStatus[] {
  return NEXT[state as AssignmentStatus] ?? [];
}
