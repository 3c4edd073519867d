/** Every key of the page in one place, so that the help sheet is always complete. The latest registration of a key wins. */
import { onBeforeUnmount, shallowRef } from "vue";

export interface KeyBinding {
  /** As KeyboardEvent.key says it: "F2", "/", "Escape". */
  key: string;
  text: string;
  run: () => void;
  /** Letters and marks are for typing while a field has the focus; function keys work everywhere. */
  evenInFields?: boolean;
}

const bindings = shallowRef<readonly KeyBinding[]>([]);
export const keyBindings = bindings;

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

export function registerKey(binding: KeyBinding): () => void {
  bindings.value = [...bindings.value, binding];
  return () => {
    bindings.value = bindings.value.filter((one) => one !== binding);
  };
}

/** Registers for as long as the component lives. */
export function useKey(binding: KeyBinding): void {
  onBeforeUnmount(registerKey(binding));
}

function onKeydown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  // What lies under a modal dialog hears nothing, also when the focus fell out of it with a button that went dead: Esc is the dialog's.
  if (document.querySelector("dialog:modal")) return;
  const binding = bindings.value.findLast((one) => one.key === event.key);
  if (!binding || (isField(event.target) && !binding.evenInFields)) return;
  event.preventDefault();
  binding.run();
}

let listening = false;
export function listenForKeys(): void {
  if (!listening) document.addEventListener("keydown", onKeydown);
  listening = true;
}

/** What the help sheet lists: each key once, with the words of the registration that wins. */
export function activeKeys(): KeyBinding[] {
  const last = new Map(bindings.value.map((one) => [one.key, one]));
  return [...last.values()];
}
