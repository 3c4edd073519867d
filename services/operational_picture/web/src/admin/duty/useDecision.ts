/** One decision of the bureau: read, edited as a copy, saved on the version it was read at. */
import { ref, shallowRef, type Ref, type ShallowRef } from "vue";
import { asProblem, newKey, type Problem } from "@/api";
import { useCommand, type Command } from "@/components/useCommand";

export interface Decision<T> {
  draft: Ref<T | null>;
  unread: ShallowRef<Problem | null>;
  busy: Command["busy"];
  problem: Command["problem"];
  saved: Ref<boolean>;
  reload: () => Promise<void>;
  save: () => Promise<void>;
}

export function useDecision<T>(read: () => Promise<T>, write: (draft: T, key: string) => Promise<T>): Decision<T> {
  const { busy, problem, run } = useCommand();
  const draft = ref<T | null>(null) as Ref<T | null>;
  const unread = shallowRef<Problem | null>(null);
  const saved = ref(false);
  let key = newKey();

  async function reload(): Promise<void> {
    try {
      draft.value = structuredClone(await read());
      unread.value = null;
      problem.value = null;
      saved.value = false;
    } catch (error) {
      unread.value = asProblem(error);
    }
  }
  async function save(): Promise<void> {
    if (!draft.value) return;
    saved.value = false;
    const done = await run(() => write(draft.value as T, key));
    key = newKey();
    if (!done) return;
    draft.value = structuredClone(done.value);
    saved.value = true;
  }
  void reload();
  return { draft, unread, busy, problem, saved, reload, save };
}
