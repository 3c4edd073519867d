import { get, post, put } from "./client";
import type { CasualtyStatement, FigureDraft, GradingRules, GradingRulesChange, IncidentGrade, IncidentRecord } from "./types";

const at = (id: string): string => `/incidents/${encodeURIComponent(id)}`;

export const stateCasualties = (id: string, said: CasualtyStatement, key?: string): Promise<IncidentRecord> =>
  post(`${at(id)}/casualties`, said, key);
/** It stands beside a different one of another source until a person chooses. */
export const tellFigure = (id: string, figure: FigureDraft, key?: string): Promise<IncidentRecord> =>
  post(`${at(id)}/figures`, figure, key);
export const chooseFigure = (id: string, figure: string, key?: string): Promise<IncidentRecord> =>
  post(`${at(id)}/figures/${encodeURIComponent(figure)}/choose`, {}, key);
/** Null: the rules decide again. */
export const gradeByHand = (id: string, grade: IncidentGrade | null, reason: string, key?: string): Promise<IncidentRecord> =>
  post(`${at(id)}/grade`, { grade, reason }, key);
export const transferCommand = (id: string, toWhom: string, note: string, key?: string): Promise<IncidentRecord> =>
  post(`${at(id)}/command-transfer`, { to_whom: toWhom, ...(note && { note }) }, key);

export const gradingRules = (standard = false): Promise<GradingRules> => get("/grading-rules", standard ? { standard: true } : {});
export const changeGradingRules = (rules: GradingRulesChange, key: string): Promise<GradingRules> => put("/grading-rules", rules, key);
