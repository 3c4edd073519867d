/** The lists as they are edited: options as one line of text, and what is wrong before anything is sent. */
import type { ChecklistStep, Guidance, Phase, Question } from "@/api/types";
import { CASUALTY } from "@/components/casualties";

export const PHASES: readonly Phase[] = ["接", "报", "传", "跟"];
export const FIELDS = CASUALTY.map(([key, name]) => ({ value: `casualties.${key}`, text: `填入${name}人数` }));
const MOST_MINUTES = 57_600;
const MOST_DEGREES = 60;

export interface QuestionFields {
  id: string;
  text: string;
  options: string;
  field: string;
  critical: boolean;
}

export interface StepFields {
  id: string;
  phase: Phase;
  text: string;
  minutes: string;
  basis: string;
  verified: boolean;
  /** Only at night; only below so many degrees (empty: whatever it is). */
  night: boolean;
  below: string;
}

export interface GuidanceFields {
  title: string;
  questions: QuestionFields[];
  checklist: StepFields[];
}

export const toFields = ({ title, questions, checklist }: Guidance): GuidanceFields => ({
  title,
  questions: questions.map((one) => ({ ...one, options: one.options.join(" / "), field: one.field ?? "" })),
  checklist: checklist.map(({ when, ...one }) => ({
    ...one, minutes: String(one.minutes), night: when?.night ?? false, below: when?.below_c === null || when === null ? "" : String(when?.below_c),
  })),
});

const minutesOf = (text: string): number => (/^\d+$/.test(text.normalize("NFKC").trim()) ? Number(text.normalize("NFKC").trim()) : Number.NaN);

/** Null for nothing said, NaN for no number. */
const degreesOf = (text: string): number | null => (text.trim() === "" ? null : Number(text.normalize("NFKC").replace("−", "-").trim()));

export const fromFields = (fields: GuidanceFields): { title: string; questions: Question[]; checklist: ChecklistStep[] } => ({
  title: fields.title.trim(),
  questions: fields.questions.map((one) => ({
    ...one, text: one.text.trim(), field: one.field || null,
    options: one.options.split(/[/／]/).map((option) => option.trim()).filter(Boolean),
  })),
  checklist: fields.checklist.map(({ night, below, ...one }) => {
    const degrees = degreesOf(below);
    return {
      ...one, text: one.text.trim(), basis: one.basis.trim(), minutes: minutesOf(one.minutes),
      when: night || degrees !== null ? { night, below_c: degrees } : null,
    };
  }),
});

/** The screen's own check; the server decides. */
export function faultOf(fields: GuidanceFields): string | null {
  if (!fields.title.trim()) return "请填名称。";
  if (fields.questions.some((one) => !one.text.trim())) return "有的问题没有写内容。";
  const wrong = fields.checklist.find((one) => !one.text.trim() || !one.basis.trim() || !(minutesOf(one.minutes) <= MOST_MINUTES));
  const odd = fields.checklist.find((one) => !(Math.abs(degreesOf(one.below) ?? 0) <= MOST_DEGREES));
  if (odd) return `“低于几度”要填 -${MOST_DEGREES} 到 ${MOST_DEGREES} 的数,没有就空着。`;
  return wrong ? "每一步都要写清做什么、几分钟内、依据什么;没有依据的写“自定,待核实”。" : null;
}

/** An id of its own for a line that is added here; what was answered and done hangs on it. */
export function freeId(start: string, taken: readonly { id: string }[]): string {
  const known = new Set(taken.map((one) => one.id));
  let number = taken.length + 1;
  while (known.has(`${start}_${number}`)) number += 1;
  return `${start}_${number}`;
}

export function moved<T>(list: readonly T[], at: number, by: number): T[] {
  const next = [...list];
  const [one] = next.splice(at, 1);
  if (one !== undefined) next.splice(Math.max(0, at + by), 0, one);
  return next;
}
