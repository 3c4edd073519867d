/**
 * Seals what this browser keeps of people (callers in reports, drafts): AES-GCM under the account's own key. The server
 * hands that key to a session; it lies here, not extractable, until the session ends, so that a restart without a server
 * opens what was written. Without HTTPS there is no WebCrypto: then everything stays plain, and the page says so.
 */
import { openDB, type IDBPDatabase } from "idb";

export type Sealed = { account: string; iv: string; data: string } | { plain: unknown } | { cover: string; pad: Sealed };
/** Random bytes with which words are covered without waiting, used once, and the same bytes sealed beforehand. */
export interface Pad {
  bytes: Uint8Array<ArrayBuffer>;
  sealed: Sealed;
}

const STORE = "keys";
/** More than the longest draft of a form. */
const PAD_BYTES = 32_768;
const keys = new Map<string, CryptoKey>();
let opened: Promise<IDBPDatabase> | null = null;

async function database(): Promise<IDBPDatabase> {
  opened ??= openDB("yzt-keys", 1, { upgrade: (db) => void db.createObjectStore(STORE) });
  opened.catch(() => (opened = null));
  return opened;
}

const text = (bytes: Uint8Array): string => btoa(Array.from(bytes, (one) => String.fromCharCode(one)).join(""));
const bytes = (coded: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(coded), (one) => one.charCodeAt(0));

/** Whether this browser can seal at all. */
export const canSeal = (): boolean => globalThis.crypto?.subtle !== undefined;
export const hasKey = (account: string): boolean => keys.has(account);

/** Finds the key that an open session left here; says whether there is one. */
export async function findKey(account: string): Promise<boolean> {
  if (keys.has(account)) return true;
  const kept = (await database().then((db) => db.get(STORE, account)).catch(() => undefined)) as CryptoKey | undefined;
  if (kept) keys.set(account, kept);
  return kept !== undefined;
}

/** Takes the key from the server, and forgets those of all others: nobody else is logged in here now. */
export async function takeKey(account: string, coded: string): Promise<void> {
  if (!canSeal()) return;
  const key = await crypto.subtle.importKey("raw", bytes(coded), "AES-GCM", false, ["encrypt", "decrypt"]);
  keys.clear();
  keys.set(account, key);
  try {
    const tx = (await database()).transaction(STORE, "readwrite");
    void tx.store.clear();
    void tx.store.put(key, account);
    await tx.done;
  } catch {
    // A browser that keeps nothing needs no key after a restart.
  }
}

/** The session is over. `page` false: only the disk forgets, the open page goes on showing what was typed. */
export async function forgetKeys(page: boolean): Promise<void> {
  if (page) keys.clear();
  await database().then((db) => db.clear(STORE)).catch(() => undefined);
}

/** Bound to its place, so that a sealed thing cannot be put where another one stood. */
const bound = (account: string, place: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(`${account} ${place}`) as Uint8Array<ArrayBuffer>;

/** Seals a value for its account; plain when there is no key. */
export async function seal(account: string, place: string, value: unknown): Promise<Sealed> {
  const key = keys.get(account);
  if (!key) return { plain: value };
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const clear = new TextEncoder().encode(JSON.stringify(value));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bound(account, place) }, key, clear);
  return { account, iv: text(iv), data: text(new Uint8Array(data)) };
}

/** The value, or null: sealed for somebody whose session is not open here. */
export async function unseal<T>(place: string, sealed: Sealed): Promise<T | null> {
  if ("plain" in sealed) return sealed.plain as T;
  if ("cover" in sealed) return uncovered<T>(place, sealed.cover, sealed.pad);
  const key = keys.get(sealed.account);
  if (!key) return null;
  const how = { name: "AES-GCM", iv: bytes(sealed.iv), additionalData: bound(sealed.account, place) };
  try {
    const clear = await crypto.subtle.decrypt(how, key, bytes(sealed.data));
    return JSON.parse(new TextDecoder().decode(clear)) as T;
  } catch {
    return null;
  }
}

const padOf = (place: string): string => `${place} pad`;

/** For what is written while the page goes away, which does not wait for WebCrypto; null without a key. */
export async function makePad(account: string, place: string): Promise<Pad | null> {
  if (!keys.has(account)) return null;
  const fresh = crypto.getRandomValues(new Uint8Array(PAD_BYTES));
  return { bytes: fresh, sealed: await seal(account, padOf(place), text(fresh)) };
}

/** Covers a value at once; null when it is longer than the pad. Use a pad for one value only. */
export function cover(pad: Pad, value: unknown): Sealed | null {
  const clear = new TextEncoder().encode(JSON.stringify(value));
  if (clear.length > pad.bytes.length) return null;
  return { cover: text(clear.map((one, at) => one ^ pad.bytes[at]!)), pad: pad.sealed };
}

async function uncovered<T>(place: string, covered: string, sealedPad: Sealed): Promise<T | null> {
  const coded = await unseal<string>(padOf(place), sealedPad);
  if (coded === null) return null;
  const pad = bytes(coded);
  try {
    return JSON.parse(new TextDecoder().decode(bytes(covered).map((one, at) => one ^ pad[at]!))) as T;
  } catch {
    return null;
  }
}
