/** Deadlines as people read them: what one report answers at once is one line, by the first of its deadlines. */
import type { ReportClock } from "@/api/types";

/** Something is still to be done here; what was handed over goes on elsewhere. */
export const isOpen = ({ state, passed_to: to }: Pick<ReportClock, "state" | "passed_to">): boolean => !to && (state === "running" || state === "overdue");

export interface ClockLine {
  clock: ReportClock;
  /** The same asked for again, for example after a raise of the grade; due later. */
  again: ReportClock[];
}

/** Each raise of a grade asks for the same report anew; three lines alike would look like three reports to write. */
export function lines(clocks: readonly ReportClock[]): ClockLine[] {
  const found = new Map<string, ClockLine>();
  for (const clock of [...clocks].sort((a, b) => a.due_at.localeCompare(b.due_at))) {
    const { incident_id: incident, township, day, leg, channel, state } = clock;
    const key = [incident ?? `${township} ${day}`, leg, channel, state].join("|");
    const line = found.get(key);
    if (line) line.again.push(clock);
    else found.set(key, { clock, again: [] });
  }
  return [...found.values()];
}
