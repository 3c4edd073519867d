/** Times as the duty room reads them: 24 h in Beijing time, plus an age. */
import type { Instant } from "@/api/types";

const ZONE = "Asia/Shanghai";
const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, hourCycle: "h23", ...options });
const CLOCK = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const MINUTE = format({ hour: "2-digit", minute: "2-digit" });
const DAY = format({ month: "2-digit", day: "2-digit" });
const DATE = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, dateStyle: "short" });

type When = Instant | number | Date;
const stamp = (when: When): number => (typeof when === "number" ? when : new Date(when).getTime());

/** 14:32:07 */
export const clockText = (when: When): string => CLOCK.format(stamp(when));
/** 14:32 */
export const minuteText = (when: When): string => MINUTE.format(stamp(when));
/** 2026-11-23, the civil day in Beijing */
export const dayKey = (when: When): string => DATE.format(stamp(when));

/** 14:32 today, else 11-22 14:32 */
export function momentText(when: When, now: number): string {
  const time = MINUTE.format(stamp(when));
  return dayKey(when) === dayKey(now) ? time : `${DAY.format(stamp(when)).replace("/", "-")} ${time}`;
}

/** From when to when; an end on the next day says so, whatever day it is now: 11-23 08:00–次日 08:00 */
export function spanOfDays(from: Instant, to: Instant, now: number): string {
  const next = dayKey(stamp(from) + 86_400_000);
  const end = dayKey(to) === dayKey(from) ? minuteText(to) : dayKey(to) === next ? `次日 ${minuteText(to)}` : momentText(to, now);
  return `${momentText(from, now)}–${end}`;
}

/** A length of time in one unit: 8 秒, 3 分, 2 小时, 5 天. */
export function spanText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} 秒`;
  if (whole < 3600) return `${Math.floor(whole / 60)} 分`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} 小时`;
  return `${Math.floor(whole / 86_400)} 天`;
}

/** 3 分前; a time ahead of the clock reads as 刚刚, never as negative. */
export function ageText(when: When, now: number): string {
  const seconds = (now - stamp(when)) / 1000;
  return seconds < 5 ? "刚刚" : `${spanText(seconds)}前`;
}

/** 08:12 or 1:08:12, for countdowns. */
export function durationText(seconds: number): string {
  const whole = Math.floor(Math.abs(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, index) => (index === 0 && shown.length === 3 ? String(part) : String(part).padStart(2, "0"))).join(":");
}
