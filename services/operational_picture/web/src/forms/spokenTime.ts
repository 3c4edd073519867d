/** Reads a time as a person says it on the telephone; all times are Beijing time. */
import { dayKey } from "@/i18n/time";
import { fromField } from "./fieldTime";

const DAY = 86_400_000;
const MINUTE = 60_000;
/** A clock later than this many minutes ahead is meant for yesterday. */
const AHEAD_MINUTES = 10;

const MINUTES_AGO = /^(?:-|−|前)?(\d{1,3})\s*(?:分钟前|分前|分钟|分)$|^[-−](\d{1,3})$/;
const FULL = /^(?:(\d{4})[-/.年])?(\d{1,2})[-/.月](\d{1,2})日?\s*(\d{1,2})[:：点时](\d{2})?分?$/;
const CLOCK = /^(今天|昨天|前天|今|昨)?\s*(?:(\d{1,2})[:：点时.](\d{2})?分?|(\d{2})(\d{2}))$/;
const DAYS_BACK: Record<string, number> = { 昨天: 1, 昨: 1, 前天: 2 };

function pad(text: string | undefined): string {
  return (text ?? "0").padStart(2, "0");
}

function fromClock(match: RegExpExecArray, now: number): string | null {
  const [, day, hourA, minuteA, hourB, minuteB] = match;
  const back = day ? (DAYS_BACK[day] ?? 0) : 0;
  const clock = `${pad(hourA ?? hourB)}:${pad(minuteA ?? minuteB)}`;
  const at = fromField(`${dayKey(now - back * DAY)}T${clock}`);
  if (at === null || day || Date.parse(at) <= now + AHEAD_MINUTES * MINUTE) return at;
  return new Date(Date.parse(at) - DAY).toISOString();
}

/** UTC time for `1405`, `14:05`, `昨天 23:10`, `11-22 23:10`, `10分钟前` or `-10`; null when it is not a time. */
export function parseSpokenTime(text: string, now: number): string | null {
  const plain = text.normalize("NFKC").trim();
  const ago = MINUTES_AGO.exec(plain);
  if (ago) return new Date(now - Number(ago[1] ?? ago[2]) * MINUTE).toISOString();
  const full = FULL.exec(plain);
  if (full) {
    const [, year, month, day, hour, minute] = full;
    const date = `${year ?? dayKey(now).slice(0, 4)}-${pad(month)}-${pad(day)}`;
    return fromField(`${date}T${pad(hour)}:${pad(minute)}`);
  }
  const clock = CLOCK.exec(plain);
  return clock ? fromClock(clock, now) : null;
}
