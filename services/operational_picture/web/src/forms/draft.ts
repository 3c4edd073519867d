/** Keeps what was typed across a reload, per person and form, in this browser only. */
import { onScopeDispose, watch, type Ref } from "vue";

const PREFIX = "yzt.draft.";
const WAIT_MS = 250;

/** The stored draft, laid over `blank` so that fields added later have a value. */
export function storedDraft<T extends object>(name: string, blank: T): T {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? blank : { ...blank, ...(JSON.parse(text) as Partial<T>) };
  } catch {
    return blank;
  }
}

export function dropDraft(name: string): void {
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // Storage may be refused; the form itself still holds what was typed.
  }
}

function store(name: string, value: object): void {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // A full or refused storage must not stop a person from typing.
  }
}

/** Writes every change of `form` a moment later, and at once when the page goes away. */
export function keepDraft<T extends object>(name: string, form: Ref<T>, isWorthKeeping: (form: T) => boolean): void {
  let timer: number | undefined;
  const write = (): void => {
    window.clearTimeout(timer);
    timer = undefined;
    if (isWorthKeeping(form.value)) store(name, form.value);
    else dropDraft(name);
  };
  const flush = (): void => {
    if (timer !== undefined) write();
  };
  watch(
    form,
    () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(write, WAIT_MS);
    },
    { deep: true },
  );
  window.addEventListener("pagehide", flush);
  onScopeDispose(() => {
    flush();
    window.removeEventListener("pagehide", flush);
  });
}
