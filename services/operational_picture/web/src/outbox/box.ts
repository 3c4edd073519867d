/**
 * The outbox in IndexedDB, which also works without HTTPS. Every change is one transaction; several tabs may write.
 * A transaction ends while one waits for WebCrypto, so whatever is sealed is sealed before it begins.
 */
import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import { isUntouched, PARENT, type Entry, type EntryHead, type EntryProblem, type EntryWords, type NewEntry } from "./entry";
import { hasKey, seal, unseal, type Sealed } from "./seal";

type Kept = EntryHead & { words: Sealed; fault: Sealed | null };

interface Shelves extends DBSchema {
  entries: { key: number; value: Kept; indexes: { key: string } };
  /** The ids that sent reports and calls were given, for commands that were written about them meanwhile. */
  reports: { key: string; value: { key: string; id: string } };
}

const WORDS = "words";
const FAULT = "fault";
let opened: Promise<IDBPDatabase<Shelves>> | null = null;

/** The first form of an entry had its words beside its head. */
function renewed({ body, title, form, problem, ...head }: EntryHead & EntryWords & { problem: EntryProblem | null }): Kept {
  return { ...head, version: null, triedAt: head.writtenAt, words: { plain: { body, title, form } }, fault: problem && { plain: problem } };
}

function database(): Promise<IDBPDatabase<Shelves>> {
  opened ??= openDB<Shelves>("yzt-outbox", 2, {
    upgrade: async (db, before, _now, tx) => {
      if (before < 1) {
        db.createObjectStore("entries", { keyPath: "order", autoIncrement: true }).createIndex("key", "key", { unique: true });
        db.createObjectStore("reports", { keyPath: "key" });
        return;
      }
      const entries = tx.objectStore("entries");
      for (const one of await entries.getAll()) await entries.put(renewed(one as never));
    },
    // A tab with the next build wants to change the form: let it.
    blocking: () => void opened?.then((db) => db.close()).then(() => (opened = null)),
  });
  // A failed opening (storage refused) may succeed after the person allowed it.
  opened.catch(() => (opened = null));
  return opened;
}

async function read({ words, fault, ...head }: Kept): Promise<Entry> {
  const clear = await unseal<EntryWords>(WORDS, words);
  const problem = fault && (await unseal<EntryProblem>(FAULT, fault));
  return { ...head, body: {}, title: "", form: null, ...clear, problem, locked: clear === null };
}

export const readAll = async (): Promise<Entry[]> => Promise.all((await (await database()).getAll("entries")).map(read));

function about(entry: EntryHead, parentId: string): Pick<EntryHead, "path" | "aggregate" | "needs"> {
  const kind = entry.path.startsWith("/calls/") ? "call" : "incident";
  return { path: entry.path.replace(PARENT, encodeURIComponent(parentId)), aggregate: `${kind}:${parentId}`, needs: null };
}

/** Keeps a command. The same key twice keeps the first. Rejects when this browser keeps nothing. */
export async function keep({ body, title, form = null, ...fresh }: NewEntry): Promise<void> {
  const words = await seal(fresh.account, WORDS, { body, title, form });
  const tx = (await database()).transaction(["entries", "reports"], "readwrite", { durability: "strict" });
  const entries = tx.objectStore("entries");
  if (!(await entries.index("key").get(fresh.key))) {
    const head = { needs: null, version: null, vouchedAt: null, triedAt: null, ...fresh, state: "waiting" as const };
    const parent = head.needs ? await tx.objectStore("reports").get(head.needs) : undefined;
    // Of places only the last one matters.
    if (head.kind === "position") {
      for (const one of await entries.getAll()) if (one.aggregate === head.aggregate && isUntouched(one)) await entries.delete(one.order);
    }
    // IndexedDB gives the order.
    await entries.add({ ...head, ...(parent && about(head as EntryHead, parent.id)), words, fault: null } as unknown as Kept);
  }
  await tx.done;
}

/** The server has taken it: what waited for a report's id may go now, and what was edited after this edit stands on its answer. */
export async function settle(entry: EntryHead, reportId: string | null, version: number | null = null): Promise<void> {
  const tx = (await database()).transaction(["entries", "reports"], "readwrite", { durability: "strict" });
  const entries = tx.objectStore("entries");
  await entries.delete(entry.order);
  if (reportId) await tx.objectStore("reports").put({ key: entry.key, id: reportId });
  for (const one of await entries.getAll()) {
    if (reportId && one.needs === entry.key) await entries.put({ ...one, ...about(one, reportId) });
    else if (version !== null && one.aggregate === entry.aggregate && one.version !== null && one.version === entry.version) {
      await entries.put({ ...one, version });
    }
  }
  await tx.done;
}

/** Changes an entry that is still there and may be changed so; gives what it has become. */
async function change(order: number, next: (entry: Kept) => Kept | null): Promise<Kept | null> {
  const tx = (await database()).transaction("entries", "readwrite", { durability: "strict" });
  const entry = await tx.store.get(order);
  const after = entry ? next(entry) : null;
  if (after) await tx.store.put(after);
  await tx.done;
  return after;
}

/** It leaves now: from here on its words are fixed. Null when somebody took it back or holds it meanwhile. */
export async function begin(order: number): Promise<Entry | null> {
  const leaving = await change(order, (one) => (one.state === "waiting" ? { ...one, triedAt: one.triedAt ?? new Date().toISOString() } : null));
  return leaving && read(leaving);
}

export async function refuse(entry: EntryHead, problem: EntryProblem): Promise<void> {
  const fault = await seal(entry.account, FAULT, problem);
  await change(entry.order, (one) => ({ ...one, state: "refused", fault }));
}
export async function noteFailure(entry: EntryHead, problem: EntryProblem): Promise<void> {
  const fault = await seal(entry.account, FAULT, problem);
  await change(entry.order, (one) => ({ ...one, fault }));
}
export async function tryAgain(order: number): Promise<void> {
  await change(order, (one) => ({ ...one, state: "waiting", fault: null, vouchedAt: new Date().toISOString() }));
}
/** Other words under the same key: only while the server has certainly not taken it. */
export async function rewrite(entry: Entry, body: Record<string, unknown>): Promise<void> {
  const words = await seal(entry.account, WORDS, { body, title: entry.title, form: entry.form });
  await change(entry.order, (one) => ({ ...one, words }));
}

/** A person opens it to change it: it must not leave meanwhile. False when it has left already. */
export async function hold(entry: EntryHead, problem: EntryProblem): Promise<boolean> {
  const fault = await seal(entry.account, FAULT, problem);
  return (await change(entry.order, (one) => (isUntouched(one) ? { ...one, state: "refused", fault } : null))) !== null;
}

/** A person changed the words of a command that had no effect, so that a new key cannot double anything. False: it has left. */
export async function reword(entry: Entry, key: string, said: Partial<EntryWords>, version: number | null): Promise<boolean> {
  const { body, title, form } = { ...entry, ...said };
  const words = await seal(entry.account, WORDS, { body, title, form });
  const after = await change(entry.order, (one) => (
    one.state === "refused" || isUntouched(one)
      ? { ...one, key, words, version, state: "waiting", fault: null, triedAt: null, vouchedAt: new Date().toISOString() } : null
  ));
  return after !== null;
}

/** A person gave it up; what was written about a report that never left cannot be sent either and goes with it. */
export async function discard(entry: EntryHead): Promise<void> {
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

/** Seals what was written while there was no key. */
export async function sealPlain(account: string): Promise<void> {
  if (!hasKey(account)) return;
  for (const one of await (await database()).getAll("entries")) {
    if (one.account !== account) continue;
    const { words, fault } = one;
    if (!("plain" in words) && !(fault && "plain" in fault)) continue;
    const sealed = "plain" in words ? await seal(account, WORDS, words.plain) : words;
    const why = fault && "plain" in fault ? await seal(account, FAULT, fault.plain) : fault;
    // Only if nobody changed it meanwhile.
    await change(one.order, (now) => (JSON.stringify(now) === JSON.stringify(one) ? { ...now, words: sealed, fault: why } : null));
  }
}
