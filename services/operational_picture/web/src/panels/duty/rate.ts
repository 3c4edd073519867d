/** The rate of a roll call in words: while anybody may still answer there is none yet, only how many have. */
import type { RollCallFigures } from "@/api/types";

type Counted = Pick<RollCallFigures, "called" | "answered" | "stand_in" | "late" | "waiting" | "rate">;

const percent = (rate: number | null): string => (rate === null ? "—" : `${Math.round(rate * 100)}%`);
const heard = (one: Counted): string => `${one.answered + one.stand_in + one.late}/${one.called}`;

/** Of the whole shift. */
export const rateText = (one: Counted): string => (one.waiting ? `点名进行中,已应答 ${heard(one)}` : `本班点名率 ${percent(one.rate)}`);

/** Of one roll call, in its row. */
export const standText = (one: Counted): string => `${one.waiting ? "进行中,已应答 " : ""}${heard(one)}${one.waiting ? "" : ` · ${percent(one.rate)}`}`;
