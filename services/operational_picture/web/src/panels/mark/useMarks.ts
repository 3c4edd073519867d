/** The open marks and the winds of one incident: the store's, with those of what was merged into it, else the picture's. */
import { computed, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";
import { asProblem, listMarks, listWinds, type Problem } from "@/api";
import type { MarkRecord, PictureMark, Wind } from "@/api/types";
import { usePicture } from "@/stores/picture";

export interface Marks {
  marks: ComputedRef<MarkRecord[]>;
  /** The newest first. */
  winds: ComputedRef<Wind[]>;
  problem: ShallowRef<Problem | null>;
  reload: () => Promise<void>;
}

const fromPicture = ({ mark_kind: kind, geometry, ...rest }: PictureMark): MarkRecord =>
  ({ ...rest, kind, geometry: geometry!, contact: { name: rest.params.contact_name, phone: null } });

export function useMarks(incidentId: Ref<string | null>): Marks {
  const picture = usePicture();
  const stored = shallowRef<{ of: string; marks: MarkRecord[]; winds: Wind[] } | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const live = computed(() => picture.marks.filter((one) => one.incident_id === incidentId.value && one.geometry));
  const liveWinds = computed(() => picture.winds.filter((one) => one.incident_id === incidentId.value));
  const kept = computed(() => (stored.value?.of === incidentId.value ? stored.value : null));

  const marks = computed<MarkRecord[]>(() => {
    const byId = new Map((kept.value?.marks ?? []).map((one) => [one.id, one]));
    for (const one of live.value) if ((byId.get(one.id)?.version ?? 0) < one.version) byId.set(one.id, fromPicture(one));
    return [...byId.values()].sort((a, b) => b.drawn_at.localeCompare(a.drawn_at));
  });
  const winds = computed<Wind[]>(() => {
    const byId = new Map<string, Wind>([...liveWinds.value, ...(kept.value?.winds ?? [])].map((one) => [one.id, one]));
    return [...byId.values()].sort((a, b) => b.at.localeCompare(a.at));
  });

  async function reload(): Promise<void> {
    const { value: id } = incidentId;
    if (!id) return;
    try {
      const [found, blown] = await Promise.all([listMarks({ incident_id: id, open: true, limit: 200 }), listWinds(id)]);
      stored.value = { of: id, marks: found.items, winds: blown.items };
      problem.value = null;
    } catch (error) {
      problem.value = asProblem(error);
      // What the picture has gone on telling is newer than what was read before.
      if (stored.value) stored.value = { ...stored.value, marks: [] };
    }
  }

  // What the picture tells of this incident has changed: lifted ones leave it, so the whole list is read anew.
  const told = computed(() => [incidentId.value, ...live.value.map((one) => `${one.id} ${one.version}`), ...liveWinds.value.map((one) => one.id)].join());
  watch(told, () => void reload(), { immediate: true });
  return { marks, winds, problem, reload };
}
