/** What the numbers on screen stand on: one whose source is away is not known, and must never look like zero. */
import { defineStore } from "pinia";
import { computed, reactive, watch } from "vue";
import { asProblem, get } from "@/api";
import type { Action } from "@/api/types";
import { useClock } from "./clock";
import { usePicture } from "./picture";
import { useSession } from "./session";

export type Source = "incidents" | "calls" | "forces" | "duty";

/** The smallest question to each service, by the same way on which the page asks it everything else. */
const QUESTIONS: Record<Source, { path: string; action: Action }> = {
  incidents: { path: "/incidents", action: "incident_read" },
  calls: { path: "/notifications", action: "notification_read" },
  forces: { path: "/assignments", action: "unit_read" },
  duty: { path: "/people", action: "roster_read" },
};
const SOURCES = Object.keys(QUESTIONS) as Source[];
const CALM_MS = 30_000;
const PRESSING_MS = 5_000;

export const useAnswering = defineStore("answering", () => {
  const clock = useClock();
  const picture = usePicture();
  const session = useSession();
  const heard = reactive(new Map<Source, boolean>());
  let askedAt = 0;

  async function ask(source: Source): Promise<void> {
    const { path, action } = QUESTIONS[source];
    // Whoever may not read it is shown no number of it.
    if (!session.may(action)) return void heard.set(source, true);
    try {
      await get(path, { limit: 1 });
      heard.set(source, true);
    } catch (error) {
      const { status } = asProblem(error);
      heard.set(source, status !== 0 && status < 500);
    }
  }

  const isCurrent = computed(() => picture.link === "connected" && picture.hasPicture && !picture.fromMemory && !picture.isStale);
  /** Services that were asked and did not answer, while the server itself can be reached. */
  const away = computed(() => (picture.link === "connected" ? SOURCES.filter((one) => heard.get(one) === false) : []));
  const known = (source: Source): boolean => isCurrent.value && heard.get(source) === true;

  watch([() => picture.link === "connected", () => clock.now], ([connected]) => {
    const pause = away.value.length ? PRESSING_MS : CALM_MS;
    if (!connected) askedAt = 0;
    else if (session.state === "in" && clock.now - askedAt > pause) {
      askedAt = clock.now;
      for (const source of SOURCES) void ask(source);
    }
  }, { immediate: true });

  return { known, away };
});

/** A count as it may be shown: `3`; `3?` once true, now unknown; never a zero that nobody knows. */
export const countText = (count: number, isKnown: boolean): string => (isKnown ? String(count) : count > 0 ? `${count}?` : "不详");
