/** One filter for the list and the map, so that both always show the same incidents and the same number. */
import { defineStore } from "pinia";
import { computed } from "vue";
import type { PictureIncident } from "@/api/types";
import { STANDING, stands } from "@/components/standing";
import { incidentClass } from "@/map/classes";
import { usePicture } from "./picture";
import { useView, type Filters } from "./view";

const holds = <T>(chosen: readonly T[], value: T): boolean => chosen.length === 0 || chosen.includes(value);

function saysText(incident: PictureIncident, text: string): boolean {
  const words = [incident.title, incident.number, incident.type_name, incident.location.text, incident.location.township_name];
  const haystack = words.join(" ").toLowerCase();
  return text.toLowerCase().split(/\s+/).every((word) => haystack.includes(word));
}

export function matches(incident: PictureIncident, filters: Filters): boolean {
  return holds(filters.statuses, incident.status)
    && holds(filters.grades, incident.grade ?? "none")
    && holds(filters.classes, incidentClass(incident.type_code))
    && (!filters.township || incident.location.township === filters.township)
    && saysText(incident, filters.text.trim());
}

export const useFiltering = defineStore("filtering", () => {
  const picture = usePicture();
  const view = useView();
  const incidents = computed(() => picture.incidents.filter((one) => matches(one, view.filters)));
  /** How many narrowings are set beyond the usual "open incidents". */
  const active = computed(() => {
    const { grades, classes, township, text, statuses } = view.filters;
    const usual = statuses.length === STANDING.length && statuses.every(stands);
    return [grades.length, classes.length, township, text, !usual].filter(Boolean).length;
  });
  return { incidents, active };
});
