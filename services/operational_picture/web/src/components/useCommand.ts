/** Runs one act of a person at a time and keeps its problem, so that it can stand where it happened. */
import { ref, shallowRef, type Ref, type ShallowRef } from "vue";
import { asProblem, type Problem } from "@/api";

export interface Command {
  busy: Readonly<Ref<boolean>>;
  problem: ShallowRef<Problem | null>;
  /** The answer in a box, or null when it failed or another run is still under way. */
  run: <T>(act: () => Promise<T>) => Promise<{ value: T } | null>;
}

export function useCommand(): Command {
  const busy = ref(false);
  const problem = shallowRef<Problem | null>(null);

  async function run<T>(act: () => Promise<T>): Promise<{ value: T } | null> {
    if (busy.value) return null;
    busy.value = true;
    problem.value = null;
    try {
      return { value: await act() };
    } catch (error) {
      problem.value = asProblem(error);
      return null;
    } finally {
      busy.value = false;
    }
  }

  return { busy, problem, run };
}
