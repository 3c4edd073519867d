/** What is commanded at one incident: the live picture, completed by the store with what has left it. */
import { computed, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";
import { asProblem, commandPost, listActivations, listEvacuations, listOrders, type Problem } from "@/api";
import type { Activation, CommandOrder, CommandPost, Evacuation } from "@/api/types";
import { usePicture } from "@/stores/picture";

interface Stored {
  evacuations: Evacuation[];
  orders: CommandOrder[];
  activations: Activation[];
  post: CommandPost | null;
}

export interface CommandOf {
  evacuations: ComputedRef<Evacuation[]>;
  orders: ComputedRef<CommandOrder[]>;
  activations: ComputedRef<Activation[]>;
  /** The one at work, else the last one; telephones only as the store answered. */
  post: ComputedRef<CommandPost | null>;
  problem: ShallowRef<Problem | null>;
  reload: () => Promise<void>;
}

const NOTHING: Stored = { evacuations: [], orders: [], activations: [], post: null };

function merged<T extends { id: string; version: number }>(stored: readonly T[], live: readonly T[]): T[] {
  const byId = new Map(stored.map((one) => [one.id, one]));
  for (const one of live) if ((byId.get(one.id)?.version ?? 0) <= one.version) byId.set(one.id, one);
  return [...byId.values()];
}
const newest = <T>(list: T[], key: (one: T) => string): T[] => list.sort((a, b) => key(b).localeCompare(key(a)));

/** No post yet is an answer, not a problem. */
async function postOf(id: string): Promise<CommandPost | null> {
  try {
    return await commandPost(id);
  } catch (error) {
    if (asProblem(error).status === 404) return null;
    throw error;
  }
}

export function useCommandOf(incidentId: Ref<string>): CommandOf {
  const picture = usePicture();
  const stored = shallowRef<Stored>(NOTHING);
  const problem = shallowRef<Problem | null>(null);

  async function reload(): Promise<void> {
    const id = incidentId.value;
    try {
      const [evacuations, orders, activations, post] = await Promise.all([
        listEvacuations(id), listOrders(id), listActivations({ incident_id: id }), postOf(id),
      ]);
      if (id !== incidentId.value) return;
      stored.value = { evacuations: evacuations.items, orders: orders.items, activations: activations.items, post };
      problem.value = null;
    } catch (error) {
      if (id === incidentId.value) problem.value = asProblem(error);
    }
  }
  watch(incidentId, () => {
    stored.value = NOTHING;
    void reload();
  }, { immediate: true });

  const here = (one: { incident_id: string | null }): boolean => one.incident_id === incidentId.value;
  const evacuations = computed(() => newest(merged(stored.value.evacuations, picture.evacuations.filter(here)), (one) => one.ordered_at));
  const orders = computed(() => newest(merged(stored.value.orders, picture.orders.filter(here)), (one) => one.issued_at));
  const activations = computed(() => newest(merged(stored.value.activations, picture.activations.filter(here)), (one) => one.started_at));
  const post = computed<CommandPost | null>(() => {
    const known = stored.value.post;
    const all = merged<CommandPost>(known ? [known] : [], picture.commandPosts.filter(here));
    const found = all.find((one) => one.state === "open") ?? newest(all, (one) => one.set_up_at)[0] ?? null;
    if (!found || found.id !== known?.id || found === known) return found;
    const phones = new Map(known.groups.map((one) => [one.id, one.phone ?? null]));
    return { ...found, groups: found.groups.map((one) => ({ ...one, phone: phones.get(one.id) ?? null })) };
  });
  // What somebody else changed of the groups may have other telephones.
  watch(() => post.value?.version, (now) => {
    if (now && stored.value.post && now > stored.value.post.version) void reload();
  });
  return { evacuations, orders, activations, post, problem, reload };
}
