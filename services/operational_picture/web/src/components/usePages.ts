/** A list that the server hands out page by page. */
import { ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import { asProblem, type Page, type Problem } from "@/api";
import { usePicture } from "@/stores/picture";

export interface Pages<T> {
  items: ShallowRef<T[]>;
  next: Ref<string | null>;
  busy: Ref<boolean>;
  /** False until the first answer, so that "empty" is never shown too early. */
  loaded: Ref<boolean>;
  problem: ShallowRef<Problem | null>;
  reload: () => Promise<void>;
  more: () => Promise<void>;
}

export function usePages<T>(fetchPage: (after?: string) => Promise<Page<T>>): Pages<T> {
  const items = shallowRef<T[]>([]);
  const next = ref<string | null>(null);
  const busy = ref(false);
  const loaded = ref(false);
  const problem = shallowRef<Problem | null>(null);
  const picture = usePicture();
  let latest = 0;

  async function load(after: string | undefined): Promise<void> {
    const mine = ++latest;
    busy.value = true;
    problem.value = null;
    try {
      const page = await fetchPage(after);
      if (mine !== latest) return;
      items.value = after === undefined ? page.items : [...items.value, ...page.items];
      next.value = page.next;
      loaded.value = true;
    } catch (error) {
      if (mine === latest) problem.value = asProblem(error);
    } finally {
      if (mine === latest) busy.value = false;
    }
  }

  const reload = (): Promise<void> => load(undefined);
  // What could not be fetched for want of a link is fetched when there is one.
  watch(() => picture.link, (link) => {
    if (link === "connected" && problem.value?.status === 0) void reload();
  });
  const more = (): Promise<void> => (next.value === null ? Promise.resolve() : load(next.value));
  return { items, next, busy, loaded, problem, reload, more };
}
