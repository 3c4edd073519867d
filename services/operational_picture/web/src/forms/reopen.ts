/** Opens a refused report again: its words come back into the form, under a new key that takes the old one's place. */
import { ref } from "vue";
import { newKey } from "@/api";
import type { Entry } from "@/outbox/entry";
import { blankIntake, type IntakeFields } from "./intake";
import { blankRelay, type RelayDraft } from "./relay";

/** What the form shall show next; the form takes it and empties this. */
export const reopened = ref<IntakeFields | null>(null);

export function reopenReport(entry: Entry): void {
  reopened.value = { ...blankIntake(), ...(entry.form as Partial<IntakeFields>), key: newKey(), unanswered: "", replaces: entry.key };
}

/** The same for a line that was taken down; the form discards the old entry when the new one is on its way. */
export const reopenedLine = ref<{ draft: RelayDraft; entry: Entry } | null>(null);

export function reopenRelay(entry: Entry): void {
  reopenedLine.value = { draft: { ...blankRelay(), ...(entry.form as Partial<RelayDraft>), key: newKey() }, entry };
}
