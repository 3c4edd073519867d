/** The open calls in the order in which they must be answered, and the acts on them; shared by panel, keys and alarm. */
import { defineStore } from "pinia";
import { computed, reactive, ref } from "vue";
import { acknowledge, asProblem, markSeen, newKey, type Problem } from "@/api";
import type { PictureNotification } from "@/api/types";
import { useOutbox, written } from "@/stores/outbox";
import { usePicture } from "@/stores/picture";
import { useSession } from "@/stores/session";

export interface Answer {
  note?: string;
  on_behalf_of?: string;
  phone_answer?: boolean;
}

export const useCalls = defineStore("calls", () => {
  const outbox = useOutbox();
  const picture = usePicture();
  const session = useSession();
  const busy = ref<string | null>(null);
  const problems = reactive(new Map<string, Problem>());
  const answered = reactive(new Set<string>());
  const keys = new Map<string, string>();
  const seen = new Set<string>();

  function isMine(call: PictureNotification): boolean {
    const { username, person_id: person } = session.account ?? {};
    return call.targets.some((one) => (one.account !== null && one.account === username) || (one.person_id !== null && one.person_id === person));
  }

  /** 0: nobody answered, everyone is called on; 1: mine; 2: somebody else's. */
  const urgency = (call: PictureNotification): number => (call.state === "exhausted" ? 0 : isMine(call) ? 1 : 2);
  const open = computed(() =>
    picture.openNotifications
      .filter((one) => !answered.has(one.id) && !outbox.isAnswered(one.id))
      .sort((a, b) => urgency(a) - urgency(b) || a.created_at.localeCompare(b.created_at)),
  );
  /** Those that this screen must sound for. */
  const pressing = computed(() => open.value.filter((one) => urgency(one) < 2));

  async function answer(id: string, with_: Answer = {}): Promise<boolean> {
    if (busy.value) return false;
    busy.value = id;
    problems.delete(id);
    const act = `${id} ${JSON.stringify(with_)}`;
    if (!keys.has(act)) keys.set(act, newKey());
    try {
      const title = picture.notifications.find((one) => one.id === id)?.title ?? "";
      const { answer } = await outbox.carry({
        key: keys.get(act)!, kind: "answer", method: "POST", path: `/notifications/${encodeURIComponent(id)}/ack`,
        aggregate: `notification:${id}`, title: `应答:${title}`, body: { ...with_, note: written(with_.note ?? "应答") },
      }, () => acknowledge(id, with_, keys.get(act)));
      // What only waits in the outbox is open again if it is refused.
      if (answer) answered.add(id);
      return true;
    } catch (error) {
      problems.set(id, asProblem(error));
      return false;
    } finally {
      busy.value = null;
    }
  }

  /** F8: answers the most urgent open call. */
  async function answerFirst(): Promise<void> {
    const first = open.value[0];
    if (first && session.may("notification_ack")) await answer(first.id);
  }

  /** Tells the server that this screen shows the call; once per call and step, again after a failure. */
  async function confirmSeen(): Promise<void> {
    if (document.visibilityState !== "visible") return;
    const fresh = open.value.filter((one) => isMine(one) && !seen.has(`${one.id} ${one.step}`));
    for (const { id, step } of fresh) {
      seen.add(`${id} ${step}`);
      await markSeen(id).catch(() => seen.delete(`${id} ${step}`));
    }
  }

  return { open, pressing, busy, problems, isMine, answer, answerFirst, confirmSeen };
});
