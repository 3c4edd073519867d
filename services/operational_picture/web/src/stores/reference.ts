/** Incident types, townships, the district's shape, what to ask per type: kept on this machine, because a cold start may have no link. */
import { defineStore } from "pinia";
import { ref, shallowRef } from "vue";
import { allGuidance, catalogue, district as fetchDistrict, incidentTypes, initialsTable, knownPlaces, townships as fetchTownships } from "@/api";
import type { District, Guidance, IncidentType, KnownPlace, Township } from "@/api/types";
import { useCatalogue } from "@/i18n";
import { useInitials } from "@/i18n/initials";
import { readShelf, writeShelf } from "@/live/shelf";

/** The fresh answer, or the kept one; null when there is neither. */
async function freshOrKept<T>(name: string, fetch: () => Promise<T>): Promise<T | null> {
  try {
    const fresh = await fetch();
    void writeShelf(name, fresh);
    return fresh;
  } catch {
    return readShelf<T>(name);
  }
}

export const useReference = defineStore("reference", () => {
  const types = shallowRef<IncidentType[]>([]);
  const townships = shallowRef<Township[]>([]);
  const district = shallowRef<District | null>(null);
  /** What to ask and do per type; empty until it was read once. */
  const guidance = shallowRef<Guidance[]>([]);
  /** Places that were named before; read anew each time a report begins. */
  const places = shallowRef<KnownPlace[]>([]);
  const loaded = ref(false);

  async function load(): Promise<void> {
    const [typeList, townshipList, shape, words, lists, letters] = await Promise.all([
      freshOrKept("incident-types", incidentTypes),
      freshOrKept("townships", fetchTownships),
      freshOrKept("district", fetchDistrict),
      freshOrKept("i18n", catalogue),
      freshOrKept("guidance", allGuidance),
      freshOrKept("initials", initialsTable),
    ]);
    types.value = typeList?.items ?? [];
    townships.value = townshipList?.items ?? [];
    district.value = shape;
    guidance.value = lists?.items ?? [];
    if (words) useCatalogue(words);
    if (letters) useInitials(letters);
    loaded.value = true;
  }

  const typeName = (code: string | null): string => types.value.find((type) => type.code === code)?.name ?? code ?? "";
  const townshipName = (code: string | null): string => townships.value.find((one) => one.code === code)?.name ?? code ?? "";

  /** The lists of the longest code that the type begins with, else the general ones. */
  function guidanceFor(code: string | null): Guidance | undefined {
    const fitting = guidance.value.filter((one) => code && one.type_code !== "general" && code.startsWith(one.type_code));
    fitting.sort((a, b) => b.type_code.length - a.type_code.length);
    return fitting[0] ?? guidance.value.find((one) => one.type_code === "general");
  }
  async function reloadPlaces(): Promise<void> {
    places.value = (await freshOrKept("places", knownPlaces))?.items ?? places.value;
  }
  async function reloadGuidance(): Promise<void> {
    guidance.value = (await freshOrKept("guidance", allGuidance))?.items ?? guidance.value;
  }

  return { types, townships, district, guidance, places, loaded, load, reloadPlaces, typeName, townshipName, guidanceFor, reloadGuidance };
});
