/** The name on the map of a thing whose site is cut off: never without the time of its last report. */
import { minuteText } from "@/i18n/time";

export const cutName = (name: string, { stale, as_of }: { stale: boolean; as_of: string | null }): string =>
  stale ? `${name}\n失联 · 最后一报 ${as_of ? minuteText(as_of) : "不详"}` : name;
