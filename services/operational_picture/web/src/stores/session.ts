/** Who is at this screen. What was typed survives: an ended session lays the login over the page, it never leaves it. */
import { defineStore } from "pinia";
import { computed, ref, watch } from "vue";
import { actAs, changePassword, currentSession, endSession, onSessionEnded, openSession, pageKey } from "@/api";
import { asProblem, type Problem } from "@/api/problem";
import { closeDrafts, openDrafts } from "@/forms/draft";
import { canSeal, findKey, forgetKeys, takeKey } from "@/outbox/seal";
import type { Account, Action, Role, Session } from "@/api/types";

/** checking → out | in; in → ended (log in again on top of the page). */
export type SessionState = "checking" | "out" | "in" | "ended";
const REMEMBERED = "yzt.session";
/** So long the page waits for the server before it opens with what this machine remembers. */
const FIRST_ANSWER_MS = 1_500;
/** While the server has not confirmed the remembered account, it is asked this often. */
const ASK_AGAIN_MS = 5_000;

function remembered(): Session | null {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED) ?? "null") as Session | null;
  } catch {
    return null;
  }
}

export const useSession = defineStore("session", () => {
  const state = ref<SessionState>("checking");
  const session = ref<Session | null>(null);
  /** False while the account is only remembered, because the server could not be asked. */
  const verified = ref(false);

  /** The account whose sealed words this page can read; empty without a key. */
  const unlocked = ref("");

  const account = computed<Account | null>(() => session.value?.account ?? null);
  const site = computed(() => session.value?.site ?? "");
  const siteName = computed(() => session.value?.site_name ?? "");
  const exercise = computed(() => session.value?.exercise ?? false);
  const mustChangePassword = computed(() => account.value?.must_change_password ?? false);

  /** Opens what this browser keeps sealed for the account; a server that can be asked gives the key. */
  async function unlock(id: string, ask: boolean): Promise<void> {
    try {
      if (canSeal() && ask) await takeKey(id, (await pageKey()).key);
    } catch {
      // Without the key what was kept stays closed, and what is written now lies here in clear until the next login.
    }
    // The key first: without a server it lies on this machine, and nothing sealed opens before it is found.
    const isOpen = await findKey(id);
    await openDrafts(id);
    unlocked.value = isOpen ? id : "";
  }

  async function enter(next: Session): Promise<void> {
    await unlock(next.account.id, !next.account.must_change_password);
    session.value = next;
    verified.value = true;
    state.value = "in";
    localStorage.setItem(REMEMBERED, JSON.stringify(next));
  }

  function leave(next: "out" | "ended"): void {
    state.value = next;
    unlocked.value = "";
    void forgetKeys(next === "out");
    if (next === "out") {
      closeDrafts();
      session.value = null;
      localStorage.removeItem(REMEMBERED);
    }
  }

  /** The last account at this screen keeps the last picture readable and may write into the outbox. */
  async function openRemembered(): Promise<void> {
    const last = remembered();
    if (state.value !== "checking" || !last) return;
    await unlock(last.account.id, false);
    if (state.value !== "checking") return;
    session.value = last;
    state.value = "in";
  }

  /** Asks the server who this is; when it does not answer soon, the page opens with the last account and asks on. */
  async function check(): Promise<void> {
    const timer = setTimeout(() => void openRemembered(), FIRST_ANSWER_MS);
    try {
      await enter(await currentSession());
    } catch (error) {
      if (asProblem(error).status === 401) leave(state.value === "checking" ? "out" : "ended");
      else await openRemembered();
      if (state.value === "checking") leave("out");
    } finally {
      clearTimeout(timer);
    }
    if (state.value === "in" && !verified.value) setTimeout(() => void check(), ASK_AGAIN_MS);
  }

  async function login(username: string, password: string): Promise<Problem | null> {
    try {
      await openSession(username, password);
      await enter(await currentSession());
      return null;
    } catch (error) {
      return asProblem(error);
    }
  }

  async function logout(): Promise<Problem | null> {
    try {
      await endSession();
    } catch (error) {
      const problem = asProblem(error);
      if (problem.status !== 401) return problem;
    }
    leave("out");
    return null;
  }

  async function setPassword(current: string, next: string): Promise<Problem | null> {
    try {
      await changePassword(current, next);
      await enter(await currentSession());
      return null;
    } catch (error) {
      return asProblem(error);
    }
  }

  function ended(): void {
    if (state.value === "in") leave("ended");
  }
  onSessionEnded(ended);
  watch(account, (who) => actAs(who?.id ?? null), { immediate: true, flush: "sync" });

  const roles = computed<readonly Role[]>(() => account.value?.roles ?? []);
  /** Hides what would be refused; the server decides. */
  const may = (action: Action): boolean => session.value?.actions.includes(action) ?? false;
  /** A team's own phone: its page is its order. */
  const isTeam = computed(() => Boolean(account.value?.unit_id) && !may("assignment_write"));

  return {
    state, unlocked, account, site, siteName, exercise, verified, mustChangePassword, roles, may, isTeam, check, login, logout, setPassword, ended,
  };
});
