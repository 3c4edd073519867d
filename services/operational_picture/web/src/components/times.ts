/** Times as an officer reads them: Beijing time, 24 h, with an age in words. */

const ZONE = "Asia/Shanghai";
const CLOCK = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hour12: false });
const SECONDS = new Intl.DateTimeFormat("zh-CN", {
  timeZone: ZONE,
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});
const DAY = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY_LENGTH = 24 * HOUR;
const BEIJING_OFFSET = 8 * HOUR;

/** `14:29` */
export function clock(at: string): string {
  return CLOCK.format(new Date(at));
}

/** `14:29:07` */
export function clockSeconds(at: string): string {
  return SECONDS.format(new Date(at));
}

/** Civil date in Beijing, `2026-11-23`. */
export function civilDate(at: Date): string {
  return DAY.format(at);
}

/** `14:29` today, `11-22 14:29` this year, else `2025-11-22 14:29`. */
export function shortTime(at: string, now: number): string {
  const day = civilDate(new Date(at));
  const today = civilDate(new Date(now));
  if (day === today) return clock(at);
  return `${day.slice(0, 4) === today.slice(0, 4) ? day.slice(5) : day} ${clock(at)}`;
}

/** `3 分前`; a time still to come reads `3 分后`. */
export function age(at: string, now: number): string {
  const elapsed = now - Date.parse(at);
  const side = elapsed < -5000 ? "后" : "前";
  return elapsed > -5000 && elapsed < 5000 ? "刚刚" : `${span(Math.abs(elapsed))}${side}`;
}

/** A length of time in its largest useful unit. */
export function span(milliseconds: number): string {
  if (milliseconds < MINUTE) return `${Math.floor(milliseconds / 1000)} 秒`;
  if (milliseconds < HOUR) return `${Math.floor(milliseconds / MINUTE)} 分`;
  if (milliseconds < DAY_LENGTH) return `${Math.floor(milliseconds / HOUR)} 小时`;
  return `${Math.floor(milliseconds / DAY_LENGTH)} 天`;
}

/** `08:12` or `1:08:12`, for countdowns. */
export function countdown(milliseconds: number): string {
  const total = Math.floor(Math.abs(milliseconds) / 1000);
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const tail = `${pad(minutes)}:${pad(seconds)}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

/** The value of a `datetime-local` field, in Beijing time. */
export function toField(at: string): string {
  return new Date(Date.parse(at) + BEIJING_OFFSET).toISOString().slice(0, 16);
}

/** The UTC time meant by a `datetime-local` field in Beijing time; null when it is not a time. */
export function fromField(text: string): string | null {
  const time = Date.parse(`${text}${text.length === 16 ? ":00" : ""}Z`);
  return Number.isNaN(time) ? null : new Date(time - BEIJING_OFFSET).toISOString();
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
