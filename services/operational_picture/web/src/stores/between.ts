/** What this site is asked, what became of what it asked, and what people must look at between sites. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef, watch } from "vue";
import { listOffers } from "@/api";
import type { Handover, HandoverOffer, PictureIncident, RequestState, UnitRequest } from "@/api/types";
import { useClock } from "./clock";
import { usePicture } from "./picture";
import { useReference } from "./reference";
import { useSession } from "./session";

export interface Offer {
  handover: Handover;
  incident: PictureIncident;
}

/** A request of this site that was refused, or that nobody answered: somebody must think of something else. */
export interface Refusal {
  id: string;
  incidentId: string;
  site: string;
  what: string;
  state: "declined" | "expired";
  by: string | null;
  answer: string | null;
  at: string;
}

const OFFERS_AGAIN_MS = 15_000;
const REFUSAL_SHOWN_MS = 2 * 3600_000;
const SEEN = "yzt-refusals-seen";

function seenBefore(): string[] {
  try {
    return JSON.parse(localStorage.getItem(SEEN) ?? "[]") as string[];
  } catch {
    return [];
  }
}

export const useBetween = defineStore("between", () => {
  const clock = useClock();
  const picture = usePicture();
  const reference = useReference();
  const session = useSession();
  const seen = ref<string[]>(seenBefore());
  const told = shallowRef<HandoverOffer[]>([]);

  /** Both sites say the same: what nobody answered in time has run out. */
  const standing = ({ state, valid_until }: UnitRequest | Handover): RequestState =>
    state === "requested" && clock.now > Date.parse(valid_until) ? "expired" : state;
  const siteName = (site: string): string =>
    picture.sites.find((one) => one.site === site && one.name !== site)?.name
    ?? reference.townships.find((one) => one.token === site)?.name ?? (site === "hub" ? "区指挥中心" : site);
  const isElsewhere = (home: string | null | undefined): boolean => Boolean(home && picture.site && home !== picture.site);
  const isReachable = (site: string): boolean =>
    picture.link === "connected" && picture.sites.find((one) => one.site === site)?.state === "connected";
  /** Handed over, and the new home has not said that it writes: until then nobody does. */
  const isOnItsWay = ({ handover, home_site }: Pick<PictureIncident, "handover" | "home_site">): boolean =>
    handover?.state === "accepted" && !handover.taken_over_at && handover.to_site === home_site;

  const asked = computed(() => picture.requests.filter((one) => one.to_site === picture.site && standing(one) === "requested"));
  const offered = computed<Offer[]>(() => picture.incidents.flatMap((incident) => {
    const handover = incident.handover;
    return handover && handover.to_site === picture.site && handover.state === "requested" ? [{ handover, incident }] : [];
  }));
  const answerHere = (id: string): string | null => told.value.find((one) => one.id === id)?.answer_here ?? null;
  const offers = computed(() => offered.value.filter(({ handover }) => standing(handover) === "requested" && !answerHere(handover.id)));
  /** Accepted here; the old home has not handed over, or that has not been heard. */
  const accepted = computed(() => offered.value.filter(({ handover }) => answerHere(handover.id) === "accepted"));
  const conflicts = computed(() => picture.conflicts.filter((one) => one.state === "open"));
  /** Only this site's own, and only for whoever may say what became of it: nobody else can do anything about it. */
  const checks = computed(() =>
    picture.checks.filter((one) => one.state === "open" && !isElsewhere(one.home_site) && session.may("incident_close")));

  function refused(one: UnitRequest | Handover, incidentId: string, what: string): Refusal[] {
    const state = standing(one);
    const at = one.answered_at ?? one.valid_until;
    const isNews = clock.now - Date.parse(at) < REFUSAL_SHOWN_MS && !seen.value.includes(one.id);
    const isOurs = one.from_site === picture.site && !(one as Handover).withdrawn_by;
    if (!isOurs || !isNews || (state !== "declined" && state !== "expired")) return [];
    return [{ id: one.id, incidentId, site: one.to_site, what, state, by: one.answered_by, answer: one.answer, at }];
  }
  const refusals = computed<Refusal[]>(() => [
    ...picture.requests.flatMap((one) => refused(one, one.incident_id, `派出 ${one.unit_name}`)),
    ...picture.incidents.flatMap(({ id, number, handover }) => (handover ? refused(handover, id, `接手 ${number}`) : [])),
  ]);
  function dismiss(id: string): void {
    seen.value = [...seen.value.slice(-99), id];
    localStorage.setItem(SEEN, JSON.stringify(seen.value));
  }

  const waiting = computed(() =>
    asked.value.length + offers.value.length + conflicts.value.length + checks.value.length + refusals.value.length);
  /** What is new to a person here, for the tone. */
  const news = computed(() => [
    ...asked.value.map((one) => one.id), ...offers.value.map((one) => one.handover.id), ...conflicts.value.map((one) => one.id),
    ...checks.value.map((one) => one.id), ...refusals.value.map((one) => `refused ${one.id}`),
  ]);
  const requestsFor = (incidentId: string): UnitRequest[] => picture.requests.filter((one) => one.incident_id === incidentId);

  /** What was answered here stands in this site's own store: the picture only knows the old home's word. */
  async function loadOffers(): Promise<void> {
    if (offered.value.length === 0 || !session.may("incident_read")) return;
    told.value = (await listOffers().catch(() => ({ items: told.value }))).items;
  }
  watch(() => offered.value.map(({ handover }) => handover.id).join(), () => void loadOffers(), { immediate: true });
  window.setInterval(() => void loadOffers(), OFFERS_AGAIN_MS);

  return {
    asked, offers, accepted, conflicts, checks, refusals, dismiss, waiting, news, requestsFor, standing, siteName, isElsewhere,
    isReachable, isOnItsWay, loadOffers,
  };
});
