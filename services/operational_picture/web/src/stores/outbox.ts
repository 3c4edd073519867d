/** What was written on this machine and not yet taken by the server: kept, shown, sent once, never lost in silence. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef, watch } from "vue";
import { asProblem, newKey, Problem } from "@/api";
import type { AssignmentStatus } from "@/api/types";
import { minuteText } from "@/i18n/time";
import { wakeFeed } from "@/live/feed";
import * as box from "@/outbox/box";
import { holdsUp, isLater, PARENT, type Command, type Entry, type EntryProblem, type EntryWords } from "@/outbox/entry";
import { sendWaiting, type Sent } from "@/outbox/sender";
import { usePicture } from "./picture";
import { useSession } from "./session";

const CHANNEL = "yzt-outbox";
/** So long a person waits for the server before the command is put into the outbox; the same key goes on trying. */
const PATIENCE_MS = 8_000;
const RETRY_MS = 15_000;
const SHOWN_SENT = 20;
const HELD: EntryProblem = {
  status: 0, code: "outbox.held", errors: [], detail: "您正在修改,没有发出。改好后再报;不改了就按原文“再发一次”。",
};

/** The server's answer, or null: kept on this machine, sent as soon as it can be. */
export type Carried<T> = { answer: T } | { answer: null };

async function within<T>(act: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Problem.of("link.timeout")), PATIENCE_MS);
  });
  return Promise.race([act, limit]).finally(() => clearTimeout(timer));
}

export const useOutbox = defineStore("outbox", () => {
  const picture = usePicture();
  const session = useSession();
  const entries = shallowRef<Entry[]>([]);
  const sent = shallowRef<Sent[]>([]);
  const isOpen = ref(false);
  const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel(CHANNEL) : null;

  const account = computed(() => session.account?.id ?? "");
  const mine = computed(() => entries.value.filter((one) => one.account === account.value));
  const waiting = computed(() => mine.value.filter((one) => one.state === "waiting"));
  const refused = computed(() => mine.value.filter((one) => one.state === "refused"));
  /** Names of other people whose commands wait on this machine; only they can send them. */
  const others = computed(() => {
    const byName = new Map<string, number>();
    for (const one of entries.value) if (one.account !== account.value) byName.set(one.accountName, (byName.get(one.accountName) ?? 0) + 1);
    return [...byName];
  });

  async function reload(): Promise<void> {
    entries.value = await box.readAll().catch(() => []);
  }
  async function changed(): Promise<void> {
    await reload();
    channel?.postMessage("changed");
  }

  const told = {
    changed: () => void changed(),
    sent: (one: Sent) => {
      sent.value = [one, ...sent.value].slice(0, SHOWN_SENT);
      if (picture.link !== "connected") wakeFeed();
    },
  };

  /** Sends what waits, if this page is somebody's. */
  async function send(): Promise<void> {
    if (!account.value || session.state !== "in" || session.mustChangePassword) return;
    await reload();
    if (waiting.value.length) await sendWaiting(account.value, told).catch(() => false);
  }

  async function put(command: Command, wasTried = false): Promise<void> {
    const { account: who } = session;
    // Perhaps it arrived and only the answer was lost: then its words are fixed.
    const triedAt = wasTried ? new Date().toISOString() : null;
    if (!who) throw Problem.of("link.none");
    // What a form holds is reactive; IndexedDB takes plain things only.
    const plain = JSON.parse(JSON.stringify(command)) as Command;
    await box.keep({ ...plain, account: who.id, accountName: who.name, writtenAt: new Date().toISOString(), triedAt });
    await changed();
    void send();
  }

  const hasWaiting = (aggregate: string): boolean => mine.value.some((one) => one.aggregate === aggregate && holdsUp(one));

  /**
   * Carries a command out now, or keeps it. Rejects with a Problem when the server refuses it, or when this browser
   * keeps nothing, so that what was typed stays in its form.
   */
  async function carry<T>(command: Command, direct: () => Promise<T>): Promise<Carried<T>> {
    let missed = Problem.of("link.none");
    let wasTried = false;
    if (picture.link !== "down" && !hasWaiting(command.aggregate)) {
      try {
        return { answer: await within(direct()) };
      } catch (error) {
        missed = asProblem(error);
        wasTried = missed.status === 0;
        if (!isLater(missed.status)) throw missed;
      }
    }
    try {
      await put(command, wasTried);
    } catch {
      throw missed;
    }
    return { answer: null };
  }

  async function retry(entry: Entry): Promise<void> {
    await box.tryAgain(entry.order);
    await changed();
    await send();
  }
  /** Other words under a new key; false when it has left meanwhile and can no longer be changed. */
  async function reword(entry: Entry, said: Partial<EntryWords>, version: number | null = entry.version): Promise<boolean> {
    const done = await box.reword(entry, newKey(), JSON.parse(JSON.stringify(said)) as Partial<EntryWords>, version);
    await changed();
    void send();
    return done;
  }
  /** Keeps it here while a person changes it; false when it has left meanwhile. */
  async function hold(entry: Entry): Promise<boolean> {
    const held = entry.state === "refused" || (await box.hold(entry, HELD));
    await changed();
    return held;
  }
  async function discard(entry: Entry): Promise<void> {
    await box.discard(entry);
    await changed();
  }
  async function replaced(oldKey: string, newKey_: string, reportId: string | null): Promise<void> {
    await box.replace(oldKey, newKey_, reportId);
    await changed();
    void send();
  }

  /** A note about a report that still waits here. */
  const noteOn = (report: Entry, text: string): Promise<void> =>
    put({
      key: newKey(), kind: "note", method: "POST", path: `/incidents/${PARENT}/notes`, needs: report.key,
      aggregate: report.aggregate, body: { text: written(text) }, title: `备注:${text}`,
    });

  /** The last state that a team reported from here and that still waits, so that the next one can be reported too. */
  function waitingStatus(assignmentId: string): AssignmentStatus | null {
    const last = waiting.value.filter((one) => one.aggregate === `assignment:${assignmentId}`).at(-1);
    return (last?.body.status as AssignmentStatus | undefined) ?? null;
  }
  /** What was written here about an incident and is not there yet: notes, edits, orders. */
  const aboutIncident = (id: string): Entry[] => mine.value.filter((one) => one.aggregate === `incident:${id}` || one.body.incident_id === id);
  /** What was decided here about a call and is not there yet. */
  const aboutCall = (id: string): Entry[] => mine.value.filter((one) => one.aggregate === `call:${id}`);
  const isAnswered = (id: string): boolean => waiting.value.some((one) => one.aggregate === `notification:${id}`);

  channel?.addEventListener("message", () => void reload());
  // The words of whoever was here before are closed, those of whoever came are opened.
  watch(account, () => void reload());
  async function unlocked(): Promise<void> {
    await box.sealPlain(account.value).catch(() => undefined);
    await changed();
    void send();
  }
  watch(() => session.unlocked, (is) => is && void unlocked(), { immediate: true });
  watch([account, () => session.state, () => session.verified, () => picture.link === "connected"], () => void send(), { immediate: true });
  for (const event of ["online", "focus"]) addEventListener(event, () => void send());
  setInterval(() => waiting.value.length && void send(), RETRY_MS);

  return {
    entries, mine, waiting, refused, others, sent, isOpen, carry, retry, reword, hold, discard, replaced, noteOn, waitingStatus,
    aboutIncident, aboutCall, isAnswered, send,
  };
});

/** What is sent later says when it was written: the server would take it for a word of now. */
export const written = (text: string): string => `${text}(${minuteText(Date.now())} 断网时写)`;
