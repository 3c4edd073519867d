/** The escalation policy as it is edited: minutes instead of seconds, and what is wrong with it before it is sent. */
import type { DutyPost, NotificationPolicy, PolicyStep } from "@/api/types";

export const MOST_STEPS = 10;
const MOST_MINUTES = 24 * 60;

export interface StepFields {
  minutes: string;
  posts: DutyPost[];
  channels: string[];
  deputies: boolean;
}

export const toSteps = (policy: NotificationPolicy): StepFields[] =>
  policy.steps.map(({ after_seconds: after, posts, channels, deputies }) => ({
    minutes: String(after / 60), posts: [...posts], channels: [...channels], deputies,
  }));

/** Minutes as people type them: "1.5", "５"; null when that is no time of a day. */
export function minutesOf(text: string): number | null {
  const plain = text.normalize("NFKC").replace("。", ".").trim();
  const minutes = /^\d+(\.\d+)?$/.test(plain) ? Number(plain) : Number.NaN;
  return minutes <= MOST_MINUTES ? minutes : null;
}

export const fromSteps = (steps: readonly StepFields[]): PolicyStep[] =>
  steps.map(({ minutes, posts, channels, deputies }) => ({
    after_seconds: Math.round((minutesOf(minutes) ?? 0) * 60), posts, channels, deputies,
  }));

/** What keeps each step from being saved; the screen's own check, the server decides. */
export function faultsOf(steps: readonly StepFields[]): (string | null)[] {
  return steps.map((step, index) => {
    const minutes = minutesOf(step.minutes);
    if (minutes === null) return "请填分钟数,如 5 或 1.5。";
    if (index === 0 && minutes !== 0) return "第一步必须立即呼叫,时间为 0。";
    if (index > 0 && minutes <= (minutesOf(steps[index - 1]!.minutes) ?? -1)) return "要晚于前一步。";
    if (step.posts.length === 0) return "至少选一个岗位。";
    if (step.channels.length === 0) return "至少选一种途径。";
    return null;
  });
}

/** The next step, later than the last one and otherwise like it. */
export function oneMore(steps: readonly StepFields[]): StepFields {
  const last = steps.at(-1);
  const minutes = (minutesOf(last?.minutes ?? "") ?? 0) + (last ? 5 : 0);
  return { minutes: String(minutes), posts: [], channels: [...(last?.channels ?? ["in_app"])], deputies: false };
}

/** 立即、5 分、90 秒: how long after the report. */
export function afterText(seconds: number): string {
  if (seconds === 0) return "立即";
  return seconds % 60 === 0 ? `${seconds / 60} 分钟后` : seconds < 60 ? `${seconds} 秒后` : `${Math.floor(seconds / 60)} 分 ${seconds % 60} 秒后`;
}
