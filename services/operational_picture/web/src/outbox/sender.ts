/** Sends what waits, in order, one at a time over all tabs where the browser has locks; the keys make a race harmless. */
import { asProblem, get, request, type Problem } from "@/api";
import * as box from "./box";
import { isFirst, judge, longestWait, nextToSend, withoutTimes, type Entry, type EntryProblem } from "./entry";

const LOCK = "yzt-outbox";
const SEND_TIMEOUT_MS = 20_000;

export interface Sent {
  entry: Entry;
  /** The number that a report or call was given. */
  number: string | null;
  reportId: string | null;
  at: number;
}

export interface Told {
  /** Something in the box changed. */
  changed(): void;
  sent(sent: Sent): void;
}

interface Answer {
  id?: string;
  number?: string;
  version?: number;
}

const TOO_OLD: EntryProblem = {
  status: 0, code: "outbox.too_old", errors: [],
  detail: "写下已超过 29 天,服务器可能已不记得是否收到过。请先核对是否已登记,再决定重发或作废。",
};
const ORDER_OLD: EntryProblem = {
  status: 0, code: "outbox.order_old", errors: [],
  detail: "写下已超过 10 分钟,没有自动下达,队伍没有收到。请核对事件和队伍的现状,再决定重发或作废。",
};

const plain = ({ status, code, detail, errors, body }: Problem): EntryProblem => {
  const { current, changes } = body;
  return { status, code, detail, errors, ...(typeof current === "object" && { current }), ...(Array.isArray(changes) && { changes }) };
};

/** Asked before anything leaves: what certainly did not leave may still be changed or taken back. */
async function isReachable(): Promise<boolean> {
  try {
    await get("/session");
    return true;
  } catch {
    return false;
  }
}

async function attempt(waiting: Entry, told: Told): Promise<"on" | "stop" | "skip"> {
  if (Date.now() - Date.parse(waiting.vouchedAt ?? waiting.writtenAt) > longestWait(waiting.kind)) {
    await box.refuse(waiting, waiting.kind === "order" ? ORDER_OLD : TOO_OLD);
    return "on";
  }
  const entry = await box.begin(waiting.order);
  if (!entry || entry.locked) return "on";
  const body = { ...entry.body, ...(entry.version !== null && { version: entry.version }) };
  try {
    const answer = await request<Answer | undefined>(entry.method, entry.path, {
      body, key: entry.key, as: entry.account, timeoutMs: SEND_TIMEOUT_MS,
    });
    const { id = null, number = null } = isFirst(entry.kind) ? (answer ?? {}) : {};
    await box.settle(entry, id, answer?.version ?? null);
    told.sent({ entry, number, reportId: entry.kind === "report" ? id : null, at: Date.now() });
    return "on";
  } catch (error) {
    return take(entry, plain(asProblem(error)), told);
  }
}

async function take(entry: Entry, problem: EntryProblem, told: Told): Promise<"on" | "stop" | "skip"> {
  const verdict = judge(entry, problem);
  if (verdict === "done") {
    await box.settle(entry, null);
    told.sent({ entry, number: null, reportId: null, at: Date.now() });
    return "on";
  }
  if (verdict === "without_times") {
    await box.rewrite(entry, withoutTimes(entry));
    return "on";
  }
  if (verdict === "refused") {
    await box.refuse(entry, problem);
    return "on";
  }
  await box.noteFailure(entry, problem);
  return verdict;
}

async function sendAll(account: string, told: Told): Promise<boolean> {
  const skipped = new Set<string>();
  if (!nextToSend(await box.readAll(), account, skipped)) return true;
  if (!(await isReachable())) return false;
  for (;;) {
    const entry = nextToSend(await box.readAll(), account, skipped);
    if (!entry) return skipped.size === 0;
    const outcome = await attempt(entry, told);
    told.changed();
    if (outcome === "stop") return false;
    if (outcome === "skip") skipped.add(entry.aggregate);
  }
}

let running: Promise<boolean> | null = null;

/** Sends all that may go for this account; false when something is still to be tried later. */
export function sendWaiting(account: string, told: Told): Promise<boolean> {
  running ??= locked(() => sendAll(account, told)).finally(() => (running = null));
  return running;
}

/** Without HTTPS there are no locks: two tabs may then send the same command, which the server carries out once. */
function locked(act: () => Promise<boolean>): Promise<boolean> {
  return navigator.locks ? navigator.locks.request(LOCK, act) : act();
}
