/** What a person has chosen on the page of searches, and the search that it means now. */
import type { IncidentGrade, IncidentStatus, KeptQuery, SearchQuery } from "@/api/types";

export interface Question {
  q: string;
  statuses: IncidentStatus[];
  grade: IncidentGrade | "";
  type: string;
  township: string;
  sensitive: boolean;
  /** 0 = whenever. */
  days: number;
}

export const PERIODS: [days: number, words: string][] = [[0, "不限"], [1, "近 1 天"], [7, "近 7 天"], [30, "近 30 天"], [365, "近一年"]];
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export const emptyQuestion = (q = ""): Question => ({ q, statuses: [], grade: "", type: "", township: "", sensitive: false, days: 0 });

/** As it is kept: a period stays a period. */
export function keptQuery(question: Question): KeptQuery {
  const { q, statuses, grade, type, township, sensitive, days } = question;
  return {
    ...(q.trim() && { q: q.trim() }),
    ...(statuses.length && { status: [...statuses] }),
    ...(grade && { grade }),
    ...(type && { type }),
    ...(township && { township }),
    ...(sensitive && { sensitive }),
    ...(days && { days }),
  };
}

/** As it is asked now; whole minutes, so that asking again is the same question. */
export function askedQuery(question: Question, now: number): SearchQuery {
  const { days, ...query } = keptQuery(question);
  const since = days ? Math.floor((now - days * DAY_MS) / MINUTE_MS) * MINUTE_MS : 0;
  return { ...query, ...(since && { since: new Date(since).toISOString() }) };
}

export function questionOf(query: KeptQuery): Question {
  return {
    q: query.q ?? "", statuses: query.status ?? [], grade: query.grade ?? "", type: query.type ?? "",
    township: query.township ?? "", sensitive: query.sensitive ?? false, days: query.days ?? 0,
  };
}
