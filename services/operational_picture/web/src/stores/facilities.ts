/**
 * The register for the map: fetched once, then asked by its revision, since thousands of entries rarely change. The copy
 * on this machine serves a start without a server and is destroyed at log-out, as the picture's is.
 */
import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import { facilityRegister } from "@/api";
import type { Instant, MapFacility } from "@/api/types";
import { dropShelf, readShelf, writeShelf } from "@/live/shelf";

const SHELF = "facilities";
const ASK_AGAIN_MS = 60_000;

interface Kept {
  revision: number;
  asOf: Instant;
  items: MapFacility[];
}

export const useFacilities = defineStore("facilities", () => {
  const items = shallowRef<readonly MapFacility[]>([]);
  const revision = ref<number | null>(null);
  /** When the server last said that this is how it stands. */
  const asOf = ref<Instant | null>(null);
  const byId = computed(() => new Map(items.value.map((one) => [one.id, one])));
  let timer: ReturnType<typeof setInterval> | null = null;

  function take(kept: Kept): void {
    items.value = kept.items;
    revision.value = kept.revision;
    asOf.value = kept.asOf;
  }

  /** Without a server the copy stands, with its age. */
  async function reload(): Promise<void> {
    try {
      const { revision: fresh, as_of: at, items: list } = await facilityRegister(revision.value);
      asOf.value = at;
      if (!list) return;
      take({ revision: fresh, asOf: at, items: list });
      void writeShelf(SHELF, { revision: fresh, asOf: at, items: list });
    } catch {
      if (revision.value !== null) return;
      const kept = await readShelf<Kept>(SHELF);
      if (kept && revision.value === null) take(kept);
    }
  }

  function follow(): void {
    if (timer !== null) return;
    void reload();
    timer = setInterval(() => void (document.visibilityState === "visible" && reload()), ASK_AGAIN_MS);
  }

  function forget(): void {
    if (timer !== null) clearInterval(timer);
    timer = null;
    items.value = [];
    revision.value = null;
    asOf.value = null;
    void dropShelf(SHELF);
  }

  const find = (id: string): MapFacility | undefined => byId.value.get(id);

  return { items, revision, asOf, reload, follow, forget, find };
});
