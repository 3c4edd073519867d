/** Small named documents in IndexedDB. Without IndexedDB (private window) everything reads as absent. */
import { openDB, type IDBPDatabase } from "idb";

const NAME = "yzt-reference";
const STORE = "documents";
let opened: Promise<IDBPDatabase> | null = null;

function database(): Promise<IDBPDatabase> {
  opened ??= openDB(NAME, 1, { upgrade: (db) => void db.createObjectStore(STORE) });
  return opened;
}

export async function readShelf<T>(name: string): Promise<T | null> {
  try {
    return ((await (await database()).get(STORE, name)) as T | undefined) ?? null;
  } catch {
    return null;
  }
}

export async function dropShelf(name: string): Promise<void> {
  try {
    await (await database()).delete(STORE, name);
  } catch {
    // Without IndexedDB nothing was kept.
  }
}

export async function writeShelf(name: string, document: unknown): Promise<void> {
  try {
    await (await database()).put(STORE, document, name);
  } catch {
    // Keeping a copy is a comfort; the page works without it.
  }
}
