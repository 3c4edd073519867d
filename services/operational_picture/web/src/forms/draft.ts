/** Keeps what was typed across a reload, per person and form, in this browser only, sealed for whoever typed it. */
import { onScopeDispose, watch, type Ref } from "vue";
import { seal, unseal, type Sealed } from "@/outbox/seal";

const PREFIX = "yzt.draft.";
const WAIT_MS = 150;
/** What this page knows of its account's drafts; sealing takes a moment, and a form must open at once. */
const known = new Map<string, object>();
/** Counts the writes of a draft, so that a slow one never lies over a later one. */
const turns = new Map<string, number>();
let owner = "";

/** Reads the drafts of an account before its first form opens. */
export async function openDrafts(account: string): Promise<void> {
  if (owner !== account) known.clear();
  owner = account;
  for (const place of Object.keys(localStorage).filter((one) => one.startsWith(PREFIX))) {
    const name = place.slice(PREFIX.length);
    if (known.has(name)) continue;
    try {
      const kept = JSON.parse(localStorage.getItem(place) ?? "null") as Sealed | null;
      const draft = kept && ("iv" in kept || "plain" in kept) ? await unseal<object>(place, kept) : (kept as object | null);
      if (!draft) continue;
      known.set(name, draft);
      // A draft that was written in clear is sealed now that there is a key.
      if (!kept || !("iv" in kept)) store(name, draft);
    } catch {
      // What cannot be read is no draft; it is written over by the next one.
    }
  }
}

/** Nobody is logged in: no form may show what somebody typed. */
export function closeDrafts(): void {
  known.clear();
  owner = "";
}

/** The stored draft, laid over `blank` so that fields added later have a value. */
export function storedDraft<T extends object>(name: string, blank: T): T {
  return { ...blank, ...(JSON.parse(JSON.stringify(known.get(name) ?? {})) as Partial<T>) };
}

function turn(name: string): number {
  const next = (turns.get(name) ?? 0) + 1;
  turns.set(name, next);
  return next;
}

export function dropDraft(name: string): void {
  turn(name);
  known.delete(name);
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // Storage may be refused; the form itself still holds what was typed.
  }
}

function store(name: string, value: object): void {
  if (!owner) return;
  const mine = turn(name);
  const draft = JSON.parse(JSON.stringify(value)) as object;
  known.set(name, draft);
  void seal(owner, PREFIX + name, draft).then((sealed) => {
    if (turns.get(name) === mine) localStorage.setItem(PREFIX + name, JSON.stringify(sealed));
  }).catch(() => undefined); // A full or refused storage must not stop a person from typing.
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
