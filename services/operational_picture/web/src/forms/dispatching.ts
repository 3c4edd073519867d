/** Sends one order after the other and keeps what became of each; a retry never orders a unit twice. */
import { reactive, ref, type Ref } from "vue";
import { askForUnit, asProblem, createAssignment, newKey, type Problem } from "@/api";
import type { Assignment, PictureUnit, Unit, UnitCandidate, UnitRequest } from "@/api/types";
import { useBetween } from "@/stores/between";
import { useOutbox, type Carried } from "@/stores/outbox";

/** Without a server nobody has compared what a unit can do with what is needed. */
export const UNCHECKED = "断网,能力没有核对";

export interface OrderResult {
  unit: Unit;
  assignment: Assignment | null;
  /** Of a unit that another site must send. */
  request: UnitRequest | null;
  /** Only kept here: the team has not been told. */
  kept: boolean;
  problem: Problem | null;
}

export interface Dispatching {
  results: OrderResult[];
  busy: Ref<boolean>;
  /** How many of the present round are done. */
  done: Ref<number>;
  total: Ref<number>;
  send: (incidentId: string, units: readonly Unit[], note: string, about: string) => Promise<void>;
  clear: () => void;
}

export function useDispatching(): Dispatching {
  const between = useBetween();
  const outbox = useOutbox();
  const results = reactive<OrderResult[]>([]);
  const busy = ref(false);
  const done = ref(0);
  const total = ref(0);
  const keys = new Map<string, string>();

  function keyFor(incidentId: string, unit: Unit, note: string): string {
    const order = `${incidentId} ${unit.id} ${note}`;
    if (!keys.has(order)) keys.set(order, newKey());
    return keys.get(order)!;
  }

  function keep(result: OrderResult): void {
    const at = results.findIndex((one) => one.unit.id === result.unit.id);
    if (at >= 0) results.splice(at, 1, result);
    else results.push(result);
  }

  async function order(incidentId: string, unit: Unit, note: string, about: string): Promise<void> {
    const body = { incident_id: incidentId, unit_id: unit.id, ...(note && { note }) };
    try {
      const key = keyFor(incidentId, unit, note);
      const isAsked = between.isElsewhere(unit.home_site);
      const { answer }: Carried<Assignment | UnitRequest> = await outbox.carry({
        key, kind: "order", method: "POST", path: isAsked ? "/requests" : "/assignments", aggregate: `order:${unit.id}`, body,
        title: `${isAsked ? "请求派出" : "派出"} ${unit.name} 前往 ${about}`,
      }, (): Promise<Assignment | UnitRequest> => (isAsked ? askForUnit(body, key) : createAssignment(body, key)));
      keep({
        unit, kept: answer === null, problem: null,
        assignment: isAsked ? null : (answer as Assignment | null), request: isAsked ? (answer as UnitRequest | null) : null,
      });
      // A second order of the same words is a new one.
      keys.delete(`${incidentId} ${unit.id} ${note}`);
    } catch (error) {
      keep({ unit, assignment: null, request: null, kept: false, problem: asProblem(error) });
    }
  }

  async function send(incidentId: string, units: readonly Unit[], note: string, about: string): Promise<void> {
    busy.value = true;
    done.value = 0;
    total.value = units.length;
    for (const unit of units) {
      await order(incidentId, unit, note, about);
      done.value += 1;
    }
    busy.value = false;
  }

  const clear = (): void => void results.splice(0);
  return { results, busy, done, total, send, clear };
}

const KM_PER_DEGREE = 111.2;

/** The units of the last picture as candidates: free ones first, then near. */
export function candidatesOf(units: readonly PictureUnit[], at: { lon: number | null; lat: number | null } | null): UnitCandidate[] {
  const metres = ({ lon, lat }: PictureUnit): number | null => {
    if (!at || at.lon === null || at.lat === null || lon === null || lat === null) return null;
    const east = (lon - at.lon) * Math.cos((at.lat * Math.PI) / 180);
    return Math.round(Math.hypot(east, lat - at.lat) * KM_PER_DEGREE * 1000);
  };
  return units
    .map((unit) => ({ ...unit, kind: unit.unit_kind, distance_m: metres(unit), able: unit.status === "standby" && !unit.active_assignment_id, reasons: [UNCHECKED] }))
    .sort((a, b) => Number(b.able) - Number(a.able) || (a.distance_m ?? Infinity) - (b.distance_m ?? Infinity));
}
