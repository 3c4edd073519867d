/** What this person is looking at: selection, panes, filters, map requests. Nothing here comes from the server. */
import { defineStore } from "pinia";
import { computed, ref, watch } from "vue";
import type { FeatureKind, IncidentGrade, IncidentStatus, LonLat, MarkKind } from "@/api/types";
import { STANDING } from "@/components/standing";

export type SelectionKind = FeatureKind | "facility";
export type Selection = { kind: SelectionKind; id: string };
export type LeftTab = "incidents" | "alerts" | "warnings" | "units" | "assignments" | "duty" | "calls";
/** What the right column shows; the phone shows it as a sheet over the list. */
export type RightPane = "detail" | "intake" | "relay" | "dispatch" | "warning" | "marks" | "mark";
/** What the form of marks is for: a new one, perhaps of an incident, or one that is changed. */
export interface MarkTask {
  incidentId: string | null;
  kind: MarkKind | null;
  id: string | null;
}
/** What the clicks on the map make. */
export type DrawShape = "area" | "line" | "point";
/** What the form of warnings is for; without a warning a new one is issued. */
export interface WarningTask {
  way: "issue" | "raise" | "lower";
  id: string | null;
}
/** What the tab of duty shows: 值班表、交接班、点名、换岗. */
export type DutyTab = "card" | "handover" | "roll_call" | "relief";
export type PageName = "map" | "admin" | "find" | "reports";

export interface Filters {
  /** Empty = all. "none" = not graded. */
  grades: (IncidentGrade | "none")[];
  statuses: IncidentStatus[];
  /** Symbol classes: fire, flood, … */
  classes: string[];
  township: string | null;
  text: string;
}

export const SWITCHABLE = [
  "incidents", "marks", "units", "assignments", "warnings", "calls", "posts", "territories", "hazards", "targets", "water", "shelters",
] as const;
export type SwitchableLayer = (typeof SWITCHABLE)[number];

export interface CameraRequest {
  at: LonLat | "district";
  zoom: number | null;
  /** Grows with each request, so that the same place can be asked for twice. */
  serial: number;
}

const TAB_OF: Partial<Record<SelectionKind, LeftTab>> = {
  unit: "units", warning: "warnings", assignment: "assignments", notification: "alerts", shift: "duty", call: "calls",
};
const emptyFilters = (): Filters => ({ grades: [], statuses: [...STANDING], classes: [], township: null, text: "" });

export const useView = defineStore("view", () => {
  const page = ref<PageName>("map");
  /** The report that is open on the page of reports; null is the list. */
  const reportId = ref<string | null>(null);
  const leftTab = ref<LeftTab>("incidents");
  const dutyTab = ref<DutyTab>("card");
  const selection = ref<Selection | null>(null);
  const pane = ref<RightPane | null>(null);
  /** A form is open, and what lies beneath it is looked at; only a phone has the one over the other. */
  const isAside = ref(false);
  const dispatchFor = ref<string | null>(null);
  const filters = ref<Filters>(emptyFilters());
  const layers = ref<Record<SwitchableLayer, boolean>>({
    incidents: true, marks: true, units: true, assignments: true, warnings: true, calls: true, posts: true, territories: true,
    hazards: true, targets: true, water: true, shelters: true,
  });
  const camera = ref<CameraRequest | null>(null);
  /** What the page of searches opens with. */
  const question = ref("");
  const picking = ref<((point: LonLat | null) => void) | null>(null);
  const warningTask = ref<WarningTask>({ way: "issue", id: null });
  /** The corners of the area that is being drawn; shown on the map as long as there are any. */
  const corners = ref<LonLat[]>([]);
  const isDrawing = ref(false);
  const drawShape = ref<DrawShape>("area");
  const markTask = ref<MarkTask>({ incidentId: null, kind: null, id: null });

  /** A mark is half drawn: a click on something else must not throw it away. */
  const isPlotting = computed(() => pane.value === "mark" && corners.value.length > 0);
  const isPicking = computed(() => picking.value !== null);
  const selectedIncidentId = computed(() => (selection.value?.kind === "incident" ? selection.value.id : null));

  /**
   * Opens a thing from the map or a list. `id` is the aggregate's id, without the kind. An incident has the right column;
   * everything else is opened out inside its own list on the left.
   */
  function select(kind: SelectionKind, id: string): void {
    selection.value = { kind, id };
    if (kind === "mark" && (pane.value === null || pane.value === "detail" || pane.value === "dispatch")) pane.value = "marks";
    if (kind === "mark") return;
    const tab = TAB_OF[kind];
    if (tab) leftTab.value = tab;
    else if (pane.value !== "intake" && pane.value !== "relay" && pane.value !== "warning" && !isPlotting.value) pane.value = "detail";
  }

  /** Whatever is opened or closed in the right column, it is in front again. */
  watch([pane, selection, page], () => (isAside.value = false), { flush: "sync" });

  function openTab(tab: LeftTab): void {
    page.value = "map";
    leftTab.value = tab;
  }

  function openDuty(tab: DutyTab): void {
    dutyTab.value = tab;
    openTab("duty");
    // A phone shows one thing: what is only read gives way, a form that is being written is put aside as it stands.
    if (!matchMedia("(max-width: 760px)").matches) return;
    if (pane.value === "detail" || pane.value === "marks") clear();
    else isAside.value = pane.value !== null;
  }

  function clear(): void {
    selection.value = null;
    pane.value = null;
    dispatchFor.value = null;
  }

  function openIntake(): void {
    page.value = "map";
    isAside.value = false;
    pane.value = "intake";
  }

  function openRelay(): void {
    page.value = "map";
    isAside.value = false;
    pane.value = "relay";
  }

  function openWarning(task: WarningTask = { way: "issue", id: null }): void {
    page.value = "map";
    warningTask.value = task;
    pane.value = "warning";
  }

  /** Every click on the map is a corner from now on, until it is finished; a point is finished with the first. */
  function startDrawing(shape: DrawShape = "area"): void {
    if (picking.value) finishPick(null);
    drawShape.value = shape;
    isDrawing.value = true;
  }
  function addCorner(corner: LonLat): void {
    corners.value = drawShape.value === "point" ? [corner] : [...corners.value, corner];
    if (drawShape.value === "point") isDrawing.value = false;
  }

  /** All that is plotted and not lifted. */
  function openMarks(): void {
    page.value = "map";
    pane.value = "marks";
  }
  function openMark(task: Partial<MarkTask> = {}): void {
    page.value = "map";
    markTask.value = { incidentId: null, kind: null, id: null, ...task };
    pane.value = "mark";
  }

  function openPage(name: PageName): void {
    page.value = name;
  }

  function openFind(text = ""): void {
    question.value = text;
    page.value = "find";
  }

  function openReport(id: string | null): void {
    reportId.value = id;
    page.value = "reports";
  }

  function openDispatch(incidentId: string): void {
    selection.value = { kind: "incident", id: incidentId };
    dispatchFor.value = incidentId;
    pane.value = "dispatch";
  }

  /** Esc: one step back, from a form to the detail, from the detail to the list. */
  function back(): void {
    if (picking.value) return finishPick(null);
    if (isDrawing.value) return void (isDrawing.value = false);
    if (page.value !== "map") return void (page.value = "map");
    if (pane.value === "mark" && !selectedIncidentId.value) return void (pane.value = "marks");
    if (pane.value && pane.value !== "detail" && selectedIncidentId.value) return void (pane.value = "detail");
    clear();
  }

  function flyTo(at: LonLat | "district", zoom: number | null = null): void {
    camera.value = { at, zoom, serial: (camera.value?.serial ?? 0) + 1 };
  }

  /** Lets a form ask for a point: resolves with the next click on the map, or null when given up. */
  function pickPoint(): Promise<LonLat | null> {
    picking.value?.(null);
    return new Promise((resolve) => {
      picking.value = resolve;
    });
  }

  function finishPick(point: LonLat | null): void {
    const resolve = picking.value;
    picking.value = null;
    resolve?.(point);
  }

  const resetFilters = (): void => void (filters.value = emptyFilters());

  return {
    page, reportId, leftTab, selection, pane, isAside, dispatchFor, filters, layers, camera, question, isPicking, selectedIncidentId, warningTask, corners, isDrawing, drawShape, markTask,
    select, clear, openPage, openTab, openDuty, dutyTab, openFind, openIntake, openRelay, openWarning, startDrawing, addCorner, openMarks, openMark, openDispatch, openReport, back, flyTo, pickPoint, finishPick, resetFilters,
  };
});
