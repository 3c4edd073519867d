/** What the site lives on, as far as its UPS tells; asked seldom, oftener while it runs on the battery. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef, watch } from "vue";
import { get } from "@/api";
import type { Instant } from "@/api/types";
import { useClock } from "./clock";
import { usePicture } from "./picture";

export interface Power {
  source: string;
  on_battery: boolean;
  minutes_left: number | null;
  low: boolean;
  at: Instant;
}

const CALM_MS = 60_000;
const PRESSING_MS = 15_000;

export const usePower = defineStore("power", () => {
  const clock = useClock();
  const picture = usePicture();
  const last = shallowRef<Power | null>(null);
  const askedAt = ref(0);

  async function ask(): Promise<void> {
    askedAt.value = Date.now();
    try {
      last.value = (await get<{ power?: Power | null }>("/status")).power ?? null;
    } catch {
      // Without an answer the last word stands, with its age.
    }
  }

  const onBattery = computed(() => last.value?.on_battery ?? false);
  /** Counts down between two words of the UPS; null when it gives no estimate. */
  const minutesLeft = computed(() => {
    const { minutes_left: left, at } = last.value ?? {};
    return left == null || !at ? null : Math.max(0, Math.floor(left - (clock.now - Date.parse(at)) / 60_000));
  });
  const pause = computed(() => (onBattery.value ? PRESSING_MS : CALM_MS));
  watch([() => picture.link === "connected", () => clock.now], ([connected]) => {
    if (connected && clock.now - askedAt.value > pause.value) void ask();
  }, { immediate: true });

  return { last, onBattery, minutesLeft };
});
