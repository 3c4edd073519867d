/** The picture as this page holds it: shelves of features by kind, the link's state, and how old all of it is. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef, triggerRef, type ShallowRef } from "vue";
import type {
  FeatureKind, PictureActivation, PictureAssignment, PictureCall, PictureCheck, PictureConflict, PictureEvacuation, PictureFeature,
  PictureIncident, PictureMark, PictureNotification, PictureOrder, PicturePost, PictureRequest, PictureShift, PictureUnit, PictureWarning, PictureWind, Position, SiteInfo,
} from "@/api/types";
import { stands } from "@/components/standing";
import type { BeatReport, DiffReport, FromWorker, LinkReport, LinkState, ResetReport } from "@/live/messages";
import { deriveTerritories } from "./territories";
import { useClock } from "./clock";
import { useReference } from "./reference";
import {
  toActivation, toAssignment, toCall, toCheck, toConflict, toEvacuation, toIncident, toMark, toNotification, toOrder, toPost, toRequest, toShift,
  toUnit, toWarning, toWind, type Shelf,
} from "./records";

const KINDS: FeatureKind[] = [
  "incident", "warning", "unit", "territory", "assignment", "notification", "shift", "request", "conflict", "check",
  "call", "mark", "wind", "command_post", "order", "evacuation", "activation",
];
/** Data older than this is shown grey with its age (screens: "older than its own limit"). */
export const STALE_AFTER_SECONDS = 15;
const OPEN_CALLS = new Set(["pending", "calling", "exhausted"]);
const kindOf = (id: string): FeatureKind => id.slice(0, id.indexOf(":")) as FeatureKind;

export const usePicture = defineStore("picture", () => {
  const clock = useClock();
  const reference = useReference();
  const shelves = Object.fromEntries(KINDS.map((kind) => [kind, shallowRef(new Map())])) as Record<
    FeatureKind, ShallowRef<Map<string, PictureFeature>>
  >;
  const positions = shallowRef(new Map<string, Position>());
  const sites = shallowRef<SiteInfo[]>([]);
  const site = ref("");
  const exercise = ref(false);
  const epoch = ref("");
  const seq = ref(0);
  const asOf = ref<string | null>(null);
  const heardAt = ref<number | null>(null);
  const lagSeconds = ref(0);
  const link = ref<LinkState>("reconnecting");
  const linkSince = ref(Date.now());
  /** True while what is shown comes from this machine's memory, not from the server. */
  const fromMemory = ref(false);
  /** Incidents that appeared while this page was open, newest last, until someone has looked. */
  const arrivals = ref<string[]>([]);
  const hasPicture = computed(() => heardAt.value !== null);

  const ageSeconds = computed(() =>
    heardAt.value === null ? null : Math.max(0, (clock.now - heardAt.value) / 1000) + lagSeconds.value,
  );
  const isStale = computed(() => link.value === "down" || (ageSeconds.value ?? 0) > STALE_AFTER_SECONDS);

  function announce(features: readonly PictureFeature[], known: ReadonlyMap<string, PictureFeature>): void {
    const fresh = features.filter((one) => kindOf(one.id) === "incident" && !known.has(one.id) && stands(one.properties.status));
    if (fresh.length) arrivals.value = [...arrivals.value, ...fresh.map((one) => one.id.slice("incident:".length))].slice(-20);
  }
  /** Without an id: all of them. */
  function dismissArrivals(id?: string): void {
    arrivals.value = id ? arrivals.value.filter((one) => one !== id) : [];
  }

  function shelve(features: readonly PictureFeature[], touched: Set<FeatureKind>): void {
    for (const feature of features) {
      const kind = kindOf(feature.id);
      if (!(kind in shelves)) continue;
      shelves[kind].value.set(feature.id, feature);
      touched.add(kind);
    }
  }

  function place(list: readonly Position[]): void {
    for (const position of list) positions.value.set(position.id, position);
    if (list.length) triggerRef(positions);
  }

  function reset(report: ResetReport): void {
    const { picture } = report;
    if (hasPicture.value) announce(picture.features, shelves.incident.value);
    for (const kind of KINDS) shelves[kind].value = new Map();
    positions.value = new Map();
    shelve(picture.features, new Set());
    place(picture.positions);
    sites.value = picture.sites;
    site.value = picture.site;
    exercise.value = picture.exercise;
    fromMemory.value = report.kept;
    lagSeconds.value = 0;
    hear(picture.epoch, picture.seq, picture.as_of, report.heardAt);
  }

  function apply(report: DiffReport): void {
    const touched = new Set<FeatureKind>();
    announce(report.changed, shelves.incident.value);
    shelve(report.changed, touched);
    for (const id of report.removed) {
      const kind = kindOf(id);
      if (shelves[kind]?.value.delete(id)) touched.add(kind);
    }
    touched.forEach((kind) => triggerRef(shelves[kind]));
    place(report.positions);
    hear(report.epoch, report.seq, report.asOf, report.heardAt);
  }

  function beat(report: BeatReport): void {
    sites.value = report.sites;
    lagSeconds.value = report.lagSeconds;
    fromMemory.value = false;
    hear(epoch.value, Math.max(seq.value, report.seq), report.asOf, report.heardAt);
  }

  function hear(newEpoch: string, newSeq: number, newAsOf: string, at: number): void {
    epoch.value = newEpoch;
    seq.value = newSeq;
    asOf.value = newAsOf;
    heardAt.value = at;
  }

  function setLink(report: LinkReport): void {
    link.value = report.state;
    linkSince.value = report.since;
  }

  /** Takes one report of the stream worker; a refused session is the caller's business. */
  function take(report: FromWorker): void {
    if (report.type === "reset") reset(report);
    else if (report.type === "diff") apply(report);
    else if (report.type === "beat") beat(report);
    else if (report.type === "link") setLink(report);
  }

  const list = <T>(kind: FeatureKind, convert: (shelf: Shelf) => T[]) => computed(() => convert(shelves[kind].value));
  const incidents = list<PictureIncident>("incident", toIncident);
  const warnings = list<PictureWarning>("warning", toWarning);
  const units = computed<PictureUnit[]>(() => toUnit(shelves.unit.value, positions.value));
  const assignments = list<PictureAssignment>("assignment", toAssignment);
  const notifications = list<PictureNotification>("notification", toNotification);
  const shifts = list<PictureShift>("shift", toShift);
  const requests = list<PictureRequest>("request", toRequest);
  const conflicts = list<PictureConflict>("conflict", toConflict);
  const checks = list<PictureCheck>("check", toCheck);
  const calls = list<PictureCall>("call", toCall);
  const marks = list<PictureMark>("mark", toMark);
  const winds = list<PictureWind>("wind", toWind);
  const evacuations = list<PictureEvacuation>("evacuation", toEvacuation);
  const commandPosts = list<PicturePost>("command_post", toPost);
  const orders = list<PictureOrder>("order", toOrder);
  const activations = list<PictureActivation>("activation", toActivation);
  const openEvacuations = computed(() => evacuations.value.filter((one) => one.state === "open"));
  const openActivations = computed(() => activations.value.filter((one) => one.state === "active"));
  const territories = computed(() => deriveTerritories(reference.townships, sites.value, shelves.territory.value));

  const openIncidents = computed(() => incidents.value.filter((one) => stands(one.status)));
  const pendingCalls = computed(() => calls.value.filter((one) => one.outcome === "pending"));
  const currentWarnings = computed(() => warnings.value.filter((one) => one.state === "current"));
  const activeAssignments = computed(() => assignments.value.filter((one) => one.active));
  const openNotifications = computed(() => notifications.value.filter((one) => OPEN_CALLS.has(one.state)));
  /** How many calls told of each incident: the one that opened it, and those that came after. */
  const callCounts = computed(() => {
    const counts = new Map<string, number>();
    for (const { incident_id: id, opened } of calls.value) if (id && opened !== id) counts.set(id, (counts.get(id) ?? 1) + 1);
    return counts;
  });
  const incident = (id: string): PictureIncident | undefined => incidents.value.find((one) => one.id === id);
  const unit = (id: string): PictureUnit | undefined => units.value.find((one) => one.id === id);
  const warning = (id: string): PictureWarning | undefined => warnings.value.find((one) => one.id === id);

  return {
    site, exercise, sites, epoch, seq, asOf, heardAt, link, linkSince, fromMemory, hasPicture, ageSeconds, isStale,
    incidents, openIncidents, warnings, currentWarnings, units, assignments, activeAssignments,
    notifications, openNotifications, shifts, requests, conflicts, checks, calls, pendingCalls, callCounts, marks, winds, territories,
    evacuations, openEvacuations, commandPosts, orders, activations, openActivations, incident, unit, warning,
    arrivals, dismissArrivals, take,
  };
});
