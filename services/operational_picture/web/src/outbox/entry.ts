/** A command that a person gave while nobody could take it: all that is kept of it until it is taken or given up. */
import type { FieldError } from "@/api/types";

export type EntryKind = "report" | "change" | "note" | "status" | "answer" | "edit" | "line" | "position" | "order" | "figures" | "mark"
  | "call" | "link" | "transfer" | "false_alarm" | "headcount" | "feedback";
/** Stands in the path of a command about a report, or a call, that has no id yet. */
export const PARENT = "{report}";
/** The server remembers keys for 30 days; an older command might be carried out twice, so it goes only by hand. */
const LONGEST_WAIT_MS = 29 * 86_400_000;
/** An order is meant for the moment: later the team may be elsewhere and the event over, so a person decides again. */
const LONGEST_ORDER_MS = 10 * 60_000;
export const longestWait = (kind: EntryKind): number => (kind === "order" ? LONGEST_ORDER_MS : LONGEST_WAIT_MS);

export interface EntryProblem {
  status: number;
  code: string;
  /** A Chinese sentence that says what to do next. */
  detail: string;
  errors: FieldError[];
  /** What stands on the server now, when somebody else was quicker. */
  current?: object | null;
  /** Who changed which fields meanwhile, and when. */
  changes?: readonly object[];
}

/** What is written in clear: enough to keep the order and to know whose it is, nothing about people or events. */
export interface EntryHead {
  /** Grows with each command written on this machine; the order of sending within one aggregate. */
  order: number;
  /** Idempotency key: the same command sent twice is carried out once. */
  key: string;
  account: string;
  accountName: string;
  kind: EntryKind;
  method: "POST" | "PATCH";
  path: string;
  /** Commands about one thing keep their order: "incident:…", "report:<key>", "call:…", "assignment:…", "notification:…". */
  aggregate: string;
  /** Key of the report or call whose id the path still lacks. */
  needs: string | null;
  /** The version that an edit was made from; the server refuses it when there is a later one. */
  version: number | null;
  writtenAt: string;
  /** When a person last said that it must still be sent. */
  vouchedAt: string | null;
  /** When it first left, perhaps to arrive without an answer: from then on its words are fixed. */
  triedAt: string | null;
  /** refused: the server said no, a person decides. */
  state: "waiting" | "refused";
}

/** What is sealed. */
export interface EntryWords {
  body: Record<string, unknown>;
  /** What a person reads in the list. */
  title: string;
  /** What was typed, so that a refused command can be opened again. */
  form: object | null;
}

export type Entry = EntryHead & EntryWords & {
  /** Why it was refused, or why the last try did not get through. */
  problem: EntryProblem | null;
  /** Sealed for an account whose session is not open here: neither read nor sent. */
  locked: boolean;
};

type Late = "order" | "state" | "problem" | "locked" | "form" | "needs" | "version" | "vouchedAt" | "triedAt";
export type NewEntry = Omit<Entry, Late> & Partial<Pick<Entry, "form" | "needs" | "version" | "triedAt">>;
/** A command without its writer and time, which the store adds. */
export type Command = Omit<NewEntry, "account" | "accountName" | "writtenAt" | "triedAt">;

/** Words stand for themselves; a state, an edit or a report that was refused holds up what was written after it. */
const WORDS = new Set<EntryKind>(["note", "answer", "line", "position", "mark"]);
export const holdsUp = (entry: Pick<Entry, "kind" | "state">): boolean => entry.state === "waiting" || !WORDS.has(entry.kind);
/** May still be changed or taken back without a doubt: it has never left. */
export const isUntouched = (entry: Pick<EntryHead, "state" | "triedAt">): boolean => entry.state === "waiting" && entry.triedAt === null;

/** The first command that may go now: in order, never past one of the same thing that holds it up. */
export function nextToSend(entries: readonly Entry[], account: string, skipped: ReadonlySet<string>): Entry | null {
  const blocked = new Set(skipped);
  for (const entry of entries) {
    if (entry.account !== account || blocked.has(entry.aggregate)) continue;
    // It follows its report and never holds that up, even when the report was written again after it.
    if (entry.needs) continue;
    if (entry.state === "waiting" && !entry.locked) return entry;
    if (holdsUp(entry)) blocked.add(entry.aggregate);
  }
  return null;
}

/** What follows from an answer. `stop`: nothing else would get through either. `skip`: only this thing waits. */
export type Verdict = "done" | "stop" | "skip" | "refused" | "without_times";

/** What is made anew: its answer has an id, and its key stays with a form whose words may change. */
export const isFirst = (kind: EntryKind): boolean => kind === "report" || kind === "call";
/** Times of this machine that a command may also go without. */
const TIMES: Partial<Record<EntryKind, string>> = { report: "received_at", line: "received_at", call: "received_at", transfer: "at" };
export const withoutTimes = ({ kind, body }: Pick<Entry, "kind" | "body">): Record<string, unknown> =>
  Object.fromEntries(Object.entries(body).filter(([name]) => name !== TIMES[kind]));

const NOT_THIS_COMMAND = new Set(["session.other_account", "session.password_change_required", "origin.refused"]);

/** Reads a refusal. Only what is certainly about the command itself is put before a person; the rest is tried again. */
export function judge(entry: Pick<Entry, "kind" | "body">, problem: EntryProblem): Verdict {
  const { status, code } = problem;
  // This key is used for this act alone: the server has carried it out already, the first answer was lost.
  if (code === "request.idempotency_mismatch" && !isFirst(entry.kind)) return "done";
  if (status === 0 || status === 401 || status === 429 || NOT_THIS_COMMAND.has(code)) return "stop";
  if (status === 502 || status === 503 || status === 504) return "stop";
  if (status >= 500) return "skip";
  // This machine's clock is wrong: the server's own time of receipt is the better one.
  const time = TIMES[entry.kind];
  if (time && time in entry.body && problem.errors.some((one) => one.pointer === `/${time}`)) return "without_times";
  return "refused";
}

/** Whether a direct try may be repeated later without asking: no answer, or one that says "not now". */
export const isLater = (status: number): boolean => [0, 429, 502, 503, 504].includes(status);
