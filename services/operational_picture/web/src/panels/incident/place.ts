/** Where an incident is, in words: township and address, neither said twice. */
import type { IncidentLocation } from "@/api/types";

const PLACES = 6;

export function placeText({ text, township_name: township }: IncidentLocation): string {
  return [township && !text?.includes(township) ? township : null, text].filter(Boolean).join(" · ");
}

/** `116.65054,39.65408`, or an empty text without a point. */
export function pointText({ lon, lat }: IncidentLocation): string {
  const has = typeof lon === "number" && typeof lat === "number";
  return has ? `${Number(lon.toFixed(PLACES))},${Number(lat.toFixed(PLACES))}` : "";
}
