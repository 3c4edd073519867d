/** Assignments of one incident or unit: the live picture, completed by the store (history, ended ones). */
import { computed, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";
import { asProblem, listAssignments, type Problem } from "@/api";
import type { Assignment } from "@/api/types";
import { usePicture } from "@/stores/picture";

interface Wanted {
  incidentId?: Ref<string>;
  unitId?: Ref<string | null>;
}

export interface Assignments {
  items: ComputedRef<Assignment[]>;
  problem: ShallowRef<Problem | null>;
  reload: () => Promise<void>;
}

export function useAssignments({ incidentId, unitId }: Wanted): Assignments {
  const picture = usePicture();
  const stored = shallowRef<Assignment[]>([]);
  const problem = shallowRef<Problem | null>(null);

  const isWanted = (one: Assignment): boolean =>
    (!incidentId || one.incident_id === incidentId.value) && (!unitId || one.unit_id === unitId.value);
  const live = computed(() => picture.assignments.filter(isWanted));

  const items = computed<Assignment[]>(() => {
    const byId = new Map<string, Assignment>();
    for (const one of [...stored.value.filter(isWanted), ...live.value]) {
      const known = byId.get(one.id);
      if (!known || one.version >= known.version) byId.set(one.id, { ...one, history: one.history ?? known?.history ?? [] });
    }
    return [...byId.values()];
  });

  async function reload(): Promise<void> {
    const query = {
      ...(incidentId && { incident_id: incidentId.value }),
      ...(unitId?.value && { unit_id: unitId.value }),
    };
    try {
      stored.value = (await listAssignments({ ...query, limit: 200 })).items;
      problem.value = null;
    } catch (error) {
      problem.value = asProblem(error);
    }
  }

  watch([() => incidentId?.value, () => unitId?.value], () => {
    stored.value = [];
    if (!unitId || unitId.value) void reload();
  }, { immediate: true });
  return { items, problem, reload };
}
