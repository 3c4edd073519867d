/**
 * Keeps what was typed across a reload, per person and form, in this browser only, sealed for whoever typed it.
 * INVARIANT: a draft that this page has neither read nor written is never written over; it goes aside.
 */
import { onScopeDispose, ref, watch, type Ref } from "vue";
import { newKey } from "@/api/client";
import { cover, makePad, seal, unseal, type Pad, type Sealed } from "@/outbox/seal";

const PREFIX = "yzt.draft.";
/** Drafts of another page, or that could not be opened when their form was used: `yzt.aside.<form> <page>`. */
const ASIDE = "yzt.aside.";
/** `page`: which opened page wrote it. */
type Kept = Sealed & { page?: string };

const page = newKey();
/** What this page knows of its account's drafts; sealing takes a moment, and a form must open at once. */
const known = new Map<string, object>();
/** What lies under a draft's name as far as this page has read or written it. */
const seen = new Map<string, string>();
/** Drafts whose sealing is not done, each with its newest writing, so that a slow one never lies over a later one. */
const unsealed = new Map<string, number>();
let writings = 0;
/** Grows when drafts were opened: a form that is still empty takes its own. */
export const openings = ref(0);
let owner = "";

/** Reads the drafts of an account before its first form opens, and again when their key has come. */
export async function openDrafts(account: string): Promise<void> {
  if (owner !== account) closeDrafts();
  owner = account;
  const places = Object.keys(localStorage);
  for (const one of places.filter((place) => place.startsWith(PREFIX))) await open(account, one.slice(PREFIX.length), one);
  for (const one of places.filter((place) => place.startsWith(ASIDE))) await open(account, one.slice(ASIDE.length, one.lastIndexOf(" ")), one);
  if (owner === account) openings.value += 1;
}

async function open(account: string, name: string, place: string): Promise<void> {
  const raw = localStorage.getItem(place);
  const kept = raw === null || known.has(name) ? null : parsed(raw);
  if (!kept) return;
  const draft = isSealed(kept) ? await unseal<object>(PREFIX + name, kept).catch(() => null) : kept;
  // Meanwhile somebody else may have logged in, or typed.
  if (!draft || owner !== account || known.has(name)) return;
  known.set(name, draft);
  if (place.startsWith(PREFIX)) seen.set(name, raw!);
  // What lies in clear, covered or aside is written anew: sealed, and where it belongs.
  if (!("iv" in kept) || place.startsWith(ASIDE)) void write(account, name, draft).then((done) => done && tidy(place, raw!));
}

function tidy(place: string, raw: string): void {
  if (place.startsWith(ASIDE) && localStorage.getItem(place) === raw) localStorage.removeItem(place);
}

const isSealed = (kept: object): kept is Kept => "iv" in kept || "plain" in kept || "cover" in kept;

function parsed(raw: string): object | null {
  try {
    return JSON.parse(raw) as object | null;
  } catch {
    return null; // Cut off in writing: nothing of it can be read.
  }
}

/** Nobody is logged in: no form may show what somebody typed. */
export function closeDrafts(): void {
  known.clear();
  seen.clear();
  owner = "";
}

/** The stored draft, laid over `blank` so that fields added later have a value. */
export function storedDraft<T extends object>(name: string, blank: T): T {
  return { ...blank, ...(JSON.parse(JSON.stringify(known.get(name) ?? {})) as Partial<T>) };
}

function put(name: string, sealed: Sealed): void {
  const before = localStorage.getItem(PREFIX + name);
  if (before !== null && before !== seen.get(name)) {
    const writer = (parsed(before) as Kept | null)?.page ?? "";
    if (writer !== page) localStorage.setItem(`${ASIDE}${name} ${writer}`, before);
  }
  const raw = JSON.stringify({ ...sealed, page });
  localStorage.setItem(PREFIX + name, raw);
  localStorage.removeItem(`${ASIDE}${name} ${page}`);
  seen.set(name, raw);
}

/** Whether it was written; not when something later was, or when storage is full or refused, which must stop nobody from typing. */
async function write(account: string, name: string, draft: object): Promise<boolean> {
  const mine = ++writings;
  unsealed.set(name, mine);
  try {
    const sealed = await seal(account, PREFIX + name, draft);
    if (unsealed.get(name) !== mine) return false;
    put(name, sealed);
    unsealed.delete(name);
    return true;
  } catch {
    return false;
  }
}

function drop(name: string): void {
  unsealed.delete(name);
  known.delete(name);
  try {
    const kept = localStorage.getItem(PREFIX + name);
    if (kept !== null && kept === seen.get(name)) localStorage.removeItem(PREFIX + name);
    localStorage.removeItem(`${ASIDE}${name} ${page}`);
  } catch {
    // Storage may be refused; the form itself still holds what was typed.
  }
}

export interface Draft<T> {
  form: Ref<T>;
  /** What it shows is from before. */
  wasKept: Ref<boolean>;
  drop: () => void;
}

/** A form whose words survive: each change is written at once, the last one also when the page goes away over it. */
export function useDraft<T extends object>(name: string, blank: () => T, isWorthKeeping: (form: T) => boolean): Draft<T> {
  const account = owner;
  const form = ref(storedDraft(name, blank())) as Ref<T>;
  const wasKept = ref(isWorthKeeping(form.value));
  let pad: Pad | null = null;

  async function renewPad(): Promise<void> {
    pad = await makePad(account, PREFIX + name).catch(() => null);
  }
  function keep(): void {
    if (owner !== account) return;
    if (!isWorthKeeping(form.value)) return drop(name);
    known.set(name, JSON.parse(JSON.stringify(form.value)) as object);
    void write(account, name, known.get(name)!);
  }
  function leave(): void {
    const last = known.get(name);
    const covered = pad && last && unsealed.has(name) ? cover(pad, last) : null;
    if (!covered) return;
    pad = null;
    unsealed.delete(name);
    put(name, covered);
    void renewPad();
  }
  function takeLate(): void {
    void renewPad();
    if (owner !== account || isWorthKeeping(form.value) || !known.has(name)) return;
    form.value = storedDraft(name, blank());
    wasKept.value = true;
  }

  void renewPad();
  watch(form, keep, { deep: true, flush: "sync" });
  watch(openings, takeLate);
  window.addEventListener("pagehide", leave);
  onScopeDispose(() => window.removeEventListener("pagehide", leave));
  return { form, wasKept, drop: () => drop(name) };
}
