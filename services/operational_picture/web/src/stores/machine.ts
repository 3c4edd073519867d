/** The machine below, as far as it concerns everybody: what it lives on, and what hinders it. Asked oftener when it matters. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef, watch } from "vue";
import { serviceStatus } from "@/api";
import type { Notice, PowerState } from "@/api/types";
import { useClock } from "./clock";
import { usePicture } from "./picture";

const CALM_MS = 60_000;
const PRESSING_MS = 15_000;

export const useMachine = defineStore("machine", () => {
  const clock = useClock();
  const picture = usePicture();
  const power = shallowRef<PowerState | null>(null);
  const told = shallowRef<readonly Notice[]>([]);
  const seen = ref<readonly string[]>([]);
  const askedAt = ref(0);

  async function ask(): Promise<void> {
    askedAt.value = Date.now();
    try {
      const status = await serviceStatus();
      power.value = status.power ?? null;
      told.value = status.notices ?? [];
      // Whoever has read one is told again when it comes back.
      seen.value = seen.value.filter((code) => told.value.some((one) => one.code === code));
    } catch {
      // Without an answer the last word stands, with its age.
    }
  }

  const onBattery = computed(() => power.value?.on_battery ?? false);
  /** Counts down between two words of the UPS; null when it gives no estimate. */
  const minutesLeft = computed(() => {
    const { minutes_left: left, at } = power.value ?? {};
    return left == null || !at ? null : Math.max(0, Math.floor(left - (clock.now - Date.parse(at)) / 60_000));
  });
  /** What was told before a cut says nothing of now. */
  const notices = computed(() => (picture.link === "down" ? [] : told.value.filter((one) => !seen.value.includes(one.code))));
  /** A person has read it; what is grave stays. */
  function see(code: string): void {
    seen.value = [...seen.value, code];
  }

  const pause = computed(() => (onBattery.value || told.value.length ? PRESSING_MS : CALM_MS));
  watch([() => picture.link === "connected", () => clock.now], ([connected]) => {
    if (connected && clock.now - askedAt.value > pause.value) void ask();
  }, { immediate: true });

  return { power, onBattery, minutesLeft, notices, see };
});
