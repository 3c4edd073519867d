/** Sounds for the whole page: one tone for something new, a rising one again and again while a call is unanswered. */
import { computed, onScopeDispose, watch } from "vue";
import { useBetween } from "@/stores/between";
import { usePicture } from "@/stores/picture";
import { useSound } from "@/stores/sound";
import { useCalls } from "./calls";
import { NEW_TONE, play, RISING_TONE } from "./tone";

const REPEAT_MS = 4000;

/** To be started once, by the call centre, which stays alive behind the other tabs. */
export function useAlarm(): void {
  const between = useBetween();
  const calls = useCalls();
  const picture = usePicture();
  const sound = useSound();
  const known = new Set<string>();
  let isFirst = true;

  /** Incidents wait for their first hand, calls for their answer, other sites for ours: all are news. */
  const news = computed(() => [
    ...picture.incidents.filter((one) => one.status === "reported").map((one) => one.id),
    ...calls.open.map((one) => one.id),
    ...between.news,
  ]);

  function ring(tone: typeof NEW_TONE): void {
    const audio = sound.audio();
    if (audio && !sound.muted) play(audio, tone);
  }

  watch(news, (ids) => {
    const fresh = ids.filter((id) => !known.has(id));
    fresh.forEach((id) => known.add(id));
    // What was there when the page opened is not new; the repeated tone speaks for it.
    if (!isFirst && fresh.length && calls.pressing.length === 0) ring(NEW_TONE);
    if (picture.hasPicture && !picture.fromMemory) isFirst = false;
  }, { immediate: true });

  const timer = window.setInterval(() => {
    if (calls.pressing.length) ring(RISING_TONE);
  }, REPEAT_MS);
  watch(() => calls.pressing.length, (now, before) => {
    if (now > (before ?? 0)) ring(RISING_TONE);
  }, { immediate: true });

  const confirm = (): void => void calls.confirmSeen();
  watch(() => calls.open.map((one) => `${one.id} ${one.step}`).join(), confirm, { immediate: true });
  document.addEventListener("visibilitychange", confirm);
  onScopeDispose(() => {
    window.clearInterval(timer);
    document.removeEventListener("visibilitychange", confirm);
  });
}
