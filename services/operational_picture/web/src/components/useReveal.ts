/** Scrolls the chosen row into sight when the choice was made elsewhere, on the map for instance. */
import { nextTick, onActivated, onMounted, watch, type Ref } from "vue";

/** Rows carry `data-id`; `root` is the list that scrolls. */
export function useReveal(root: Ref<HTMLElement | null>, id: () => string | null): void {
  async function reveal(): Promise<void> {
    await nextTick();
    const wanted = id();
    const row = wanted ? root.value?.querySelector(`[data-id="${CSS.escape(wanted)}"]`) : null;
    row?.scrollIntoView({ block: "nearest" });
  }
  watch(id, reveal);
  onMounted(reveal);
  onActivated(reveal);
}
