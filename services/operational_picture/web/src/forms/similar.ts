/** Asks the server what looks like the report that is being typed, a moment after the last key. */
import { onScopeDispose, shallowRef, watch, type ShallowRef } from "vue";
import { checkDuplicates, type Duplicates, type FirstReport } from "@/api";

const WAIT_MS = 400;

export function useSimilar(draft: () => FirstReport | null): { found: ShallowRef<Duplicates | null> } {
  const found = shallowRef<Duplicates | null>(null);
  let timer: number | undefined;
  let turn = 0;

  async function look(body: FirstReport): Promise<void> {
    const mine = ++turn;
    try {
      const answer = await checkDuplicates(body);
      if (mine === turn) found.value = answer;
    } catch {
      // Without an answer nothing is proposed; the report itself does not wait for it.
      if (mine === turn) found.value = null;
    }
  }

  watch(() => JSON.stringify(draft()), (text) => {
    window.clearTimeout(timer);
    const body = JSON.parse(text) as FirstReport | null;
    if (!body) {
      turn += 1;
      found.value = null;
    } else timer = window.setTimeout(() => void look(body), WAIT_MS);
  }, { immediate: true });
  onScopeDispose(() => window.clearTimeout(timer));
  return { found };
}
