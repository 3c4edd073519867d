/** What of the marks time and a half-filled form do on the map. */
import { defineStore } from "pinia";
import { computed, shallowRef } from "vue";
import { useClock } from "./clock";
import { usePicture } from "./picture";

export const useMarking = defineStore("marking", () => {
  const clock = useClock();
  const picture = usePicture();
  /** The circle or sector of the form that is open. */
  const preview = shallowRef<GeoJSON.Geometry | null>(null);
  // As text, so that the map is told only when it becomes another one.
  const past = computed(() => picture.marks.filter((one) => one.valid_until && Date.parse(one.valid_until) < clock.now).map((one) => one.id).join(" "));
  const expired = computed<ReadonlySet<string>>(() => new Set(past.value.split(" ").filter(Boolean)));
  return { preview, expired };
});
