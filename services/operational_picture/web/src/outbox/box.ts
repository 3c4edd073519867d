/** The outbox in IndexedDB, which also works without HTTPS. Every change is one transaction; several tabs may write. */
import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import { PARENT, type Entry, type EntryProblem, type NewEntry } from "./entry";

interface Shelves extends DBSchema {
  entries: { key: number; value: Entry; indexes: { key: string } };
  /** The ids that sent reports were given, for commands that were written about them meanwhile. */
  reports: { key: string; value: { key: string; id: string } };
}

let opened: Promise<IDBPDatabase<Shelves>> | null = null;

function database(): Promise<IDBPDatabase<Shelves>> {
  opened ??= openDB<Shelves>("yzt-outbox", 1, {
    upgrade: (db) => {
      db.createObjectStore("entries", { keyPath: "order", autoIncrement: true }).createIndex("key", "key", { unique: true });
      db.createObjectStore("reports", { keyPath: "key" });
    },
  });
  // A failed opening (storage refused) may succeed after the person allowed it.
  opened.catch(() => (opened = null));
  return opened;
}

export const readAll = async (): Promise<Entry[]> => (await database()).getAll("entries");

function about(entry: Entry | NewEntry, reportId: string): Pick<Entry, "path" | "aggregate" | "needs"> {
  return { path: entry.path.replace(PARENT, encodeURIComponent(reportId)), aggregate: `incident:${reportId}`, needs: null };
}

/** Keeps a command. The same key twice keeps the first. Rejects when this browser keeps nothing. */
export async function keep(fresh: NewEntry): Promise<void> {
  const tx = (await database()).transaction(["entries", "reports"], "readwrite", { durability: "strict" });
  const known = await tx.objectStore("entries").index("key").get(fresh.key);
  if (!known) {
    const parent = fresh.needs ? await tx.objectStore("reports").get(fresh.needs) : undefined;
    const whole = { needs: null, form: null, vouchedAt: null, ...fresh, ...(parent && about(fresh, parent.id)), state: "waiting", problem: null };
    // IndexedDB gives the order.
    await tx.objectStore("entries").add(whole as unknown as Entry);
  }
  await tx.done;
}

/** The server has taken it; what waited for a report's id may go now. */
export async function settle(entry: Entry, reportId: string | null): Promise<void> {
  const tx = (await database()).transaction(["entries", "reports"], "readwrite", { durability: "strict" });
  const entries = tx.objectStore("entries");
  await entries.delete(entry.order);
  if (reportId) {
    await tx.objectStore("reports").put({ key: entry.key, id: reportId });
    for (const one of await entries.getAll()) if (one.needs === entry.key) await entries.put({ ...one, ...about(one, reportId) });
  }
  await tx.done;
}

/** Changes an entry that is still there; says whether it was. */
async function change(order: number, next: (entry: Entry) => Entry): Promise<boolean> {
  const tx = (await database()).transaction("entries", "readwrite", { durability: "strict" });
  const entry = await tx.store.get(order);
  if (entry) await tx.store.put(next(entry));
  await tx.done;
  return entry !== undefined;
}

export const refuse = (order: number, problem: EntryProblem): Promise<boolean> =>
  change(order, (entry) => ({ ...entry, state: "refused", problem }));
export const noteFailure = (order: number, problem: EntryProblem): Promise<boolean> =>
  change(order, (entry) => ({ ...entry, problem }));
export const tryAgain = (order: number): Promise<boolean> =>
  change(order, (entry) => ({ ...entry, state: "waiting", problem: null, vouchedAt: new Date().toISOString() }));
export const rewrite = (order: number, body: Record<string, unknown>): Promise<boolean> =>
  change(order, (entry) => ({ ...entry, body }));

/** A person changed the words of a refused command. It had no effect, so that a new key cannot double anything. */
export const reword = (order: number, key: string, body: Record<string, unknown>): Promise<boolean> =>
  change(order, (entry) => ({ ...entry, key, body, state: "waiting", problem: null }));

/** A person gave it up; what was written about a report that never left cannot be sent either and goes with it. */
export async function discard(entry: Entry): Promise<void> {
  const tx = (await database()).transaction("entries", "readwrite", { durability: "strict" });
  await tx.store.delete(entry.order);
  for (const one of await tx.store.getAll()) if (one.needs === entry.key) await tx.store.delete(one.order);
  await tx.done;
}

/** A refused report was typed again under another key: what was written about it follows the new one. */
export async function replace(oldKey: string, newKey: string, reportId: string | null): Promise<void> {
  const tx = (await database()).transaction(["entries", "reports"], "readwrite", { durability: "strict" });
  const entries = tx.objectStore("entries");
  const old = await entries.index("key").get(oldKey);
  if (old) await entries.delete(old.order);
  for (const one of await entries.getAll()) {
    if (one.needs !== oldKey) continue;
    await entries.put({ ...one, ...(reportId ? about(one, reportId) : { needs: newKey, aggregate: `report:${newKey}` }) });
  }
  await tx.done;
}
