/** What a step waits for, in words. */
import type { StepWhen } from "@/api/types";

export const whenText = (when: StepWhen | null): string =>
  when ? [when.night && "夜间", when.below_c !== null && `气温低于 ${when.below_c}℃`].filter(Boolean).join("且") : "";
