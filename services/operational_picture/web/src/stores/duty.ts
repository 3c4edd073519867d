/** Who is on duty by the roster's word: posts that are short, posts that nobody handed over, handovers that wait for a signature. Asked every 20 seconds and after each change of a shift. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef, watch } from "vue";
import { onDuty } from "@/api";
import type { OnDuty } from "@/api/types";
import { useClock } from "./clock";
import { usePicture } from "./picture";
import { useSession } from "./session";

const EVERY_MS = 20_000;

export const useDuty = defineStore("duty", () => {
  const clock = useClock();
  const picture = usePicture();
  const session = useSession();
  const told = shallowRef<OnDuty | null>(null);
  const askedAt = ref(0);
  const shifts = computed(() => picture.shifts.reduce((sum, one) => sum + one.version, 0));

  async function ask(): Promise<void> {
    askedAt.value = Date.now();
    try {
      told.value = await onDuty();
    } catch {
      // The last word stands; that a service is away has a banner of its own.
    }
  }

  watch([shifts, () => picture.link === "connected" && clock.now - askedAt.value > EVERY_MS], ([, isDue], before) => {
    if (session.may("roster_read") && picture.link === "connected" && (isDue || before[0] !== shifts.value)) void ask();
  }, { immediate: true });

  const gaps = computed(() => told.value?.gaps ?? []);
  const handovers = computed(() => told.value?.handovers ?? []);
  const unhanded = computed(() => told.value?.unhanded ?? []);
  return { told, gaps, handovers, unhanded, ask };
});
