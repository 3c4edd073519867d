/** Closes a small sheet when the person touches something else. */
import { onBeforeUnmount, onMounted, type Ref } from "vue";

export function useDismiss(inside: Ref<HTMLElement | null>, close: () => void): void {
  const onPointer = (event: PointerEvent): void => {
    if (inside.value && event.target instanceof Node && !inside.value.contains(event.target)) close();
  };
  onMounted(() => document.addEventListener("pointerdown", onPointer));
  onBeforeUnmount(() => document.removeEventListener("pointerdown", onPointer));
}
