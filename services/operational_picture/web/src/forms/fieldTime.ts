/** Times in a form field, which know no zone: they are Beijing time. */

const BEIJING_OFFSET = 8 * 3_600_000;

/** The value of a `datetime-local` field, `2026-11-23T14:05`. */
export function toField(at: string): string {
  return new Date(Date.parse(at) + BEIJING_OFFSET).toISOString().slice(0, 16);
}

/** The UTC time meant by such a value; null when it is not a time. */
export function fromField(text: string): string | null {
  const time = Date.parse(`${text}${text.length === 16 ? ":00" : ""}Z`);
  return Number.isNaN(time) ? null : new Date(time - BEIJING_OFFSET).toISOString();
}
