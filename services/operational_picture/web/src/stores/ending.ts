/** When this session ends by itself, told in time: a desk that is watched and not touched must not be logged out unwarned. */
import { defineStore } from "pinia";
import { computed, ref, watch } from "vue";
import { currentSession } from "@/api";
import { onTouch } from "@/api/attention";
import { useClock } from "./clock";
import { usePicture } from "./picture";
import { useSession } from "./session";

const TOLD_BEFORE_MS = 30 * 60_000;
const ASK_MS = 5 * 60_000;

export const useEnding = defineStore("ending", () => {
  const clock = useClock();
  const picture = usePicture();
  const session = useSession();
  /** By this machine's clock, whatever the server's says. */
  const endsAt = ref<number | null>(null);
  /** Nobody touches the page: any touch puts the end off. Otherwise only a new login does. */
  const isIdle = ref(false);
  let askedAt = 0;
  let isAsking = false;

  async function ask(): Promise<void> {
    if (isAsking) return;
    isAsking = true;
    askedAt = Date.now();
    try {
      const { expires_at: ends, latest_at: latest, now } = await currentSession();
      endsAt.value = askedAt + Date.parse(ends) - Date.parse(now);
      isIdle.value = ends < latest;
    } catch {
      // Asked again; an ended session is noticed wherever it is refused.
    } finally {
      isAsking = false;
    }
  }

  const isNear = computed(() => session.state === "in" && endsAt.value !== null && endsAt.value - clock.now < TOLD_BEFORE_MS);
  onTouch(() => {
    if (isNear.value && isIdle.value) void ask();
  });
  watch(() => session.state, () => (endsAt.value = null, askedAt = 0));
  watch([() => picture.link === "connected", () => clock.now], ([connected]) => {
    if (connected && session.state === "in" && session.verified && clock.now - askedAt > ASK_MS) void ask();
  }, { immediate: true });

  return { endsAt, isIdle, isNear };
});
