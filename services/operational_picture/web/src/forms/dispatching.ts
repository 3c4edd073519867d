/** Sends one order after the other and keeps what became of each; a retry never orders a unit twice. */
import { reactive, ref, type Ref } from "vue";
import { askForUnit, asProblem, createAssignment, newKey, type Problem } from "@/api";
import type { Assignment, Unit, UnitRequest } from "@/api/types";
import { useBetween } from "@/stores/between";

export interface OrderResult {
  unit: Unit;
  assignment: Assignment | null;
  /** Of a unit that another site must send. */
  request: UnitRequest | null;
  problem: Problem | null;
}

export interface Dispatching {
  results: OrderResult[];
  busy: Ref<boolean>;
  /** How many of the present round are done. */
  done: Ref<number>;
  total: Ref<number>;
  send: (incidentId: string, units: readonly Unit[], note: string) => Promise<void>;
  clear: () => void;
}

export function useDispatching(): Dispatching {
  const between = useBetween();
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

  async function order(incidentId: string, unit: Unit, note: string): Promise<void> {
    const body = { incident_id: incidentId, unit_id: unit.id, ...(note && { note }) };
    try {
      const key = keyFor(incidentId, unit, note);
      if (between.isElsewhere(unit.home_site)) keep({ unit, assignment: null, request: await askForUnit(body, key), problem: null });
      else keep({ unit, assignment: await createAssignment(body, key), request: null, problem: null });
    } catch (error) {
      keep({ unit, assignment: null, request: null, problem: asProblem(error) });
    }
  }

  async function send(incidentId: string, units: readonly Unit[], note: string): Promise<void> {
    busy.value = true;
    done.value = 0;
    total.value = units.length;
    for (const unit of units) {
      await order(incidentId, unit, note);
      done.value += 1;
    }
    busy.value = false;
  }

  const clear = (): void => void results.splice(0);
  return { results, busy, done, total, send, clear };
}
