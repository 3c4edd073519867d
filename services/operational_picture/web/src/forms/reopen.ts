/** Opens a refused report again: its words come back into the form, under a new key that takes the old one's place. */
import { ref } from "vue";
import { newKey } from "@/api";
import type { Entry } from "@/outbox/entry";
import { blankIntake, type IntakeFields } from "./intake";

/** What the form shall show next; the form takes it and empties this. */
export const reopened = ref<IntakeFields | null>(null);

export function reopenReport(entry: Entry): void {
  reopened.value = { ...blankIntake(), ...(entry.form as Partial<IntakeFields>), key: newKey(), unanswered: "", replaces: entry.key };
}
