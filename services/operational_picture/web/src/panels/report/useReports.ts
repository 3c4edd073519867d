/** The reports and the clocks of one incident, asked for again when something may have moved them. */
import { onBeforeUnmount, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import { asProblem, listReports, reportClocks, type Problem } from "@/api";
import type { Report, ReportClock, Reporter } from "@/api/types";

const AGAIN_MS = 20_000;
const MOST = 200;

export interface IncidentReports {
  reports: ShallowRef<Report[]>;
  clocks: ShallowRef<ReportClock[]>;
  reporter: ShallowRef<Reporter | null>;
  problem: ShallowRef<Problem | null>;
  loaded: Ref<boolean>;
  reload: () => Promise<void>;
}

export function useReports(incidentId: () => string, version: () => number): IncidentReports {
  const reports = shallowRef<Report[]>([]);
  const clocks = shallowRef<ReportClock[]>([]);
  const reporter = shallowRef<Reporter | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const loaded = ref(false);

  async function reload(): Promise<void> {
    const wanted = incidentId();
    try {
      const [page, due] = await Promise.all([listReports({ incident_id: wanted, limit: MOST }), reportClocks({ incident_id: wanted, limit: MOST })]);
      if (wanted !== incidentId()) return;
      reports.value = page.items;
      clocks.value = due.items;
      reporter.value = due.reporter;
      problem.value = null;
      loaded.value = true;
    } catch (error) {
      if (wanted === incidentId()) problem.value = asProblem(error);
    }
  }

  const timer = setInterval(() => void reload(), AGAIN_MS);
  onBeforeUnmount(() => clearInterval(timer));
  watch([incidentId, version], ([id], before) => {
    if (id !== before?.[0]) {
      reports.value = [];
      clocks.value = [];
      reporter.value = null;
      loaded.value = false;
    }
    void reload();
  }, { immediate: true });
  return { reports, clocks, reporter, problem, loaded, reload };
}
