/** Which incidents the list and the map show; both use the same filters, so that their numbers agree. */
import type { Incident } from "@/api/types";
import { dayKey } from "@/i18n/time";
import { incidentClass } from "@/map/classes";
import type { Filters } from "@/stores/view";

type Listed = Pick<
  Incident, "number" | "title" | "type_name" | "type_code" | "grade" | "status" | "location" | "description" | "received_at"
>;

function says(incident: Listed, needle: string): boolean {
  const { number, title, type_name, type_code, description, location } = incident;
  const words = [number, title, type_name, type_code, description, location?.text, location?.township_name];
  return words.some((word) => word?.toLowerCase().includes(needle));
}

/** All filters but the free text. */
export function passes(incident: Listed, filters: Filters): boolean {
  const { grades, statuses, classes, township } = filters;
  if (grades.length && !grades.includes(incident.grade ?? "none")) return false;
  if (statuses.length && !statuses.includes(incident.status)) return false;
  if (classes.length && !classes.includes(incidentClass(incident.type_code))) return false;
  return !township || incident.location?.township === township;
}

/** Whether every word that was typed appears somewhere in the incident. */
export function mentions(incident: Listed, text: string): boolean {
  const needles = text.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
  return needles.every((needle) => says(incident, needle));
}

/** Received on the present civil day in Beijing. */
export function isToday(incident: Listed, now: number): boolean {
  return dayKey(incident.received_at) === dayKey(now);
}
