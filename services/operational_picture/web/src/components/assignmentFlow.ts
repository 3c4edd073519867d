/** The way of an assignment as a person walks it: which state may follow which, and what the button says. */

export type AssignmentState =
  | "ordered"
  | "accepted"
  | "en_route"
  | "on_scene"
  | "working"
  | "assembling"
  | "returning"
  | "back"
  | "recalled"
  | "declined";

/** Mirrors the server's table; the server stays the judge. */
export const NEXT: Record<AssignmentState, readonly AssignmentState[]> = {
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

export const STATE_LABEL: Record<AssignmentState, string> = {
  ordered: "待受领",
  accepted: "已受领",
  en_route: "途中",
  on_scene: "已到场",
  working: "处置中",
  assembling: "集结",
  returning: "返回中",
  back: "已归队",
  recalled: "已撤回",
  declined: "未受领",
};

/** What a team leader presses to reach the state. */
export const ACT_LABEL: Record<AssignmentState, string> = {
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
export const BY_NEARNESS: readonly AssignmentState[] = [
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

export function nextStates(state: string): readonly AssignmentState[] {
  return NEXT[state as AssignmentState] ?? [];
}

export function stateLabel(state: string): string {
  return STATE_LABEL[state as AssignmentState] ?? state;
}
