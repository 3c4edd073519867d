/** Reports and incidents as they stand side by side. */
import type { CallRecord, Casualties, Incident } from "@/api";
import { CASUALTY } from "@/components/casualties";
import { label } from "@/i18n";
import { minuteText } from "@/i18n/time";

const cut = (text: string | null | undefined): string => (text ?? "").slice(0, 80);

export function harm(casualties: Casualties): string {
  return CASUALTY.flatMap(([key, , short]) => (casualties[key] === null ? [] : [`${short}${casualties[key]}`])).join(" ");
}

export const rowsOfIncident = (one: Incident): Record<string, string> => ({
  时间: minuteText(one.received_at),
  类型: one.type_name ?? "",
  地点: one.location.text ?? one.location.township_name ?? "",
  伤亡: harm(one.casualties),
  来源: label("incident_source", one.source),
  情况: cut(one.description),
});

export const rowsOfCall = (one: CallRecord): Record<string, string> => ({
  时间: minuteText(one.received_at),
  类型: one.type_name ?? "",
  地点: one.place_text ?? "",
  来源: label("incident_source", one.source),
  情况: cut(one.said),
});
