/** One incident: the live picture's state, with what only the record knows (caller, who created it). */
import { computed, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";
import { asProblem, getIncident, type Problem } from "@/api";
import type { IncidentRecord } from "@/api/types";
import { usePicture } from "@/stores/picture";

export interface OpenIncident {
  incident: ComputedRef<IncidentRecord | null>;
  /** False while the caller and other record-only fields are not known yet. */
  isComplete: ComputedRef<boolean>;
  isStale: ComputedRef<boolean>;
  problem: ShallowRef<Problem | null>;
  reload: () => Promise<void>;
  /** Takes the answer of a command at once, without waiting for the stream. */
  take: (record: IncidentRecord) => void;
}

export function useIncident(id: Ref<string | null>): OpenIncident {
  const picture = usePicture();
  const record = shallowRef<IncidentRecord | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const live = computed(() => (id.value ? picture.incident(id.value) : undefined));

  const incident = computed<IncidentRecord | null>(() => {
    const kept = record.value?.id === id.value ? record.value : null;
    // The answer to a command says nothing of a hand-over; the picture and the record do.
    if (kept && live.value && kept.version >= live.value.version && kept.handover === undefined) return { ...kept, handover: live.value.handover };
    if (!live.value || (kept && kept.version >= live.value.version)) return kept;
    return { caller: kept?.caller ?? null, created_by: kept?.created_by ?? null, ...live.value };
  });

  function take(next: IncidentRecord): void {
    if (next.id !== id.value) return;
    if (!record.value || record.value.id !== next.id || next.version >= record.value.version) record.value = next;
  }

  async function reload(): Promise<void> {
    const wanted = id.value;
    if (!wanted) return;
    try {
      take(await getIncident(wanted));
      problem.value = null;
    } catch (error) {
      if (wanted === id.value) problem.value = asProblem(error);
    }
  }

  watch([id, () => live.value?.version], ([now, version], before) => {
    if (now !== before?.[0]) problem.value = null;
    if (record.value?.id !== now || record.value?.version !== version) void reload();
  }, { immediate: true });

  const isComplete = computed(() => record.value?.id === id.value && record.value !== null);
  const isStale = computed(() => live.value?.stale ?? false);
  return { incident, isComplete, isStale, problem, reload, take };
}
