/** Incident types, townships and the district's shape: kept on this machine, because a cold start may have no link. */
import { defineStore } from "pinia";
import { ref, shallowRef } from "vue";
import { catalogue, district as fetchDistrict, incidentTypes, townships as fetchTownships } from "@/api";
import type { District, IncidentType, Township } from "@/api/types";
import { useCatalogue } from "@/i18n";
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
  const loaded = ref(false);

  async function load(): Promise<void> {
    const [typeList, townshipList, shape, words] = await Promise.all([
      freshOrKept("incident-types", incidentTypes),
      freshOrKept("townships", fetchTownships),
      freshOrKept("district", fetchDistrict),
      freshOrKept("i18n", catalogue),
    ]);
    types.value = typeList?.items ?? [];
    townships.value = townshipList?.items ?? [];
    district.value = shape;
    if (words) useCatalogue(words);
    loaded.value = true;
  }

  const typeName = (code: string | null): string => types.value.find((type) => type.code === code)?.name ?? code ?? "";
  const townshipName = (code: string | null): string => townships.value.find((one) => one.code === code)?.name ?? code ?? "";

  return { types, townships, district, loaded, load, typeName, townshipName };
});
