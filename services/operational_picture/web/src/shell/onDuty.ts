/** Who is on duty now, from the shifts in the picture, so that the strip is right also without a link. */
import { computed, type ComputedRef } from "vue";
import type { DutyPost } from "@/api/types";
import { useClock } from "@/stores/clock";
import { usePicture } from "@/stores/picture";

export function useOnDuty(): ComputedRef<Record<DutyPost, string[]>> {
  const clock = useClock();
  const picture = usePicture();
  const minute = computed(() => Math.floor(clock.now / 60_000) * 60_000);
  return computed(() => {
    const names: Record<DutyPost, string[]> = { duty_leader: [], chief_officer: [], duty_officer: [], government_leader: [] };
    for (const shift of picture.shifts) {
      const covers = Date.parse(shift.starts_at) <= minute.value && minute.value < Date.parse(shift.ends_at);
      if (covers && !shift.cancelled) names[shift.post]?.push(shift.person_name);
    }
    return names;
  });
}
