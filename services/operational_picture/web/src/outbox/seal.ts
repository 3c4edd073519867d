/**
 * Seals what this browser keeps of people (callers in reports, drafts): AES-GCM under the account's own key. The server
 * hands that key to a session; it lies here, not extractable, until the session ends, so that a restart without a server
 * opens what was written. Without HTTPS there is no WebCrypto: then everything stays plain, and the page says so.
 */
import { openDB, type IDBPDatabase } from "idb";

export type Sealed = { account: string; iv: string; data: string } | { plain: unknown };

const STORE = "keys";
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
