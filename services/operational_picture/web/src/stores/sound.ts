/** Whether this page may sound an alarm. The tones themselves belong to the call centre panel. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { useClock } from "./clock";

const MUTE_MS = 120_000;

export const useSound = defineStore("sound", () => {
  const clock = useClock();
  const allowed = ref(false);
  const mutedUntil = ref(0);
  let context: AudioContext | null = null;

  /** Browsers start sound only after a touch or key; call this from any such event. */
  async function unlock(): Promise<void> {
    context ??= new AudioContext();
    if (context.state !== "running") await context.resume().catch(() => undefined);
    allowed.value = context.state === "running";
  }

  /** Null while the browser forbids sound: then the banner stands. */
  const audio = (): AudioContext | null => (allowed.value ? context : null);
  const muted = computed(() => mutedUntil.value > clock.now);
  const mutedSeconds = computed(() => Math.max(0, Math.ceil((mutedUntil.value - clock.now) / 1000)));
  const mute = (): void => void (mutedUntil.value = Date.now() + MUTE_MS);
  const unmute = (): void => void (mutedUntil.value = 0);

  return { allowed, muted, mutedSeconds, unlock, audio, mute, unmute };
});
