/** What this site is asked and what its people must look at between sites; all of it comes with the picture. */
import { defineStore } from "pinia";
import { computed } from "vue";
import type { Handover, PictureIncident, RequestState, UnitRequest } from "@/api/types";
import { useClock } from "./clock";
import { usePicture } from "./picture";
import { useReference } from "./reference";

export interface Offer {
  handover: Handover;
  incident: PictureIncident;
}

export const useBetween = defineStore("between", () => {
  const clock = useClock();
  const picture = usePicture();
  const reference = useReference();

  /** Both sites say the same: what nobody answered in time has run out. */
  const standing = ({ state, valid_until }: UnitRequest | Handover): RequestState =>
    state === "requested" && clock.now > Date.parse(valid_until) ? "expired" : state;
  const siteName = (site: string): string =>
    picture.sites.find((one) => one.site === site && one.name !== site)?.name
    ?? reference.townships.find((one) => one.token === site)?.name ?? (site === "hub" ? "区指挥中心" : site);
  const isElsewhere = (home: string | null | undefined): boolean => Boolean(home && picture.site && home !== picture.site);

  const asked = computed(() => picture.requests.filter((one) => one.to_site === picture.site && standing(one) === "requested"));
  const offers = computed<Offer[]>(() => picture.incidents.flatMap((incident) => {
    const handover = incident.handover;
    return handover && handover.to_site === picture.site && standing(handover) === "requested" ? [{ handover, incident }] : [];
  }));
  const conflicts = computed(() => picture.conflicts.filter((one) => one.state === "open"));
  const checks = computed(() => picture.checks.filter((one) => one.state === "open"));
  const waiting = computed(() => asked.value.length + offers.value.length + conflicts.value.length + checks.value.length);
  const requestsFor = (incidentId: string): UnitRequest[] => picture.requests.filter((one) => one.incident_id === incidentId);

  return { asked, offers, conflicts, checks, waiting, requestsFor, standing, siteName, isElsewhere };
});
