/** Reads a time as a person says it on the telephone; all times are Beijing time. */
import { dayKey } from "@/i18n/time";
import { fromField, toField } from "./fieldTime";

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

/** A date without a year that lies ahead is meant for last year: on New Year's Day one says 12-31. */
function fromDate([, year, month, day, hour, minute]: RegExpExecArray, now: number): string | null {
  const thisYear = Number(dayKey(now).slice(0, 4));
  const inYear = (which: number): string | null => fromField(`${which}-${pad(month)}-${pad(day)}T${pad(hour)}:${pad(minute)}`);
  if (year) return inYear(Number(year));
  const at = inYear(thisYear);
  return at !== null && Date.parse(at) > now + DAY ? inYear(thisYear - 1) : at;
}

/** UTC time for `1405`, `14:05`, `昨天 23:10`, `11-22 23:10`, `10分钟前` or `-10`; null when it is not a time. */
export function parseSpokenTime(text: string, now: number): string | null {
  const plain = text.normalize("NFKC").trim();
  const ago = MINUTES_AGO.exec(plain);
  if (ago) return new Date(now - Number(ago[1] ?? ago[2]) * MINUTE).toISOString();
  const full = FULL.exec(plain);
  if (full) return fromDate(full, now);
  const clock = CLOCK.exec(plain);
  return clock ? fromClock(clock, now) : null;
}

/** The same time written out as `11-22 23:10`, so that “10 分钟前” does not move on while the form stays open. */
export function settledTime(text: string, now: number): string {
  const at = text.trim() ? parseSpokenTime(text, now) : null;
  return at ? toField(at).slice(5).replace("T", " ") : text;
}
