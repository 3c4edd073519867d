/** Which incidents the list and the map show; both use the same filters, so that their numbers agree. */
import type { Incident } from "@/api/types";
import { spellings } from "@/i18n/initials";
import { dayKey } from "@/i18n/time";
import { incidentClass } from "@/map/classes";
import { useReference } from "@/stores/reference";
import type { Filters } from "@/stores/view";

type Listed = Pick<
  Incident, "number" | "title" | "type_name" | "type_code" | "grade" | "status" | "location" | "description" | "received_at"
>;

const LETTERS = /^[a-z0-9]+$/;

function says(incident: Listed, needle: string): boolean {
  const { number, title, type_name, type_code, description, location } = incident;
  const words = [number, title, type_name, type_code, description, location?.text, location?.township_name];
  if (words.some((word) => word?.toLowerCase().includes(needle))) return true;
  if (!LETTERS.test(needle)) return false;
  // What was said is found as it is written only; its letters would fit everything.
  const short = [title, location?.text, location?.township_name, ...typeNames(type_code, type_name)];
  return short.some((word) => word && spellings(word).some((letters) => letters.includes(needle)));
}

/** A fire in a dwelling is a fire too. */
function typeNames(code: string | null | undefined, name: string | null | undefined): (string | null | undefined)[] {
  const { types } = useReference();
  return [name, ...types.filter((one) => one.level > 0 && code?.startsWith(one.code)).map((one) => one.name)];
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
