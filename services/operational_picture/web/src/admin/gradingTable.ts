/** The rules of grading as tables: one per group, figures down, grades across. */
import type { GradingException, GradingRow, GradingRules, GradingRulesChange, GradingWay, IncidentGrade, WindowRow } from "@/api/types";
import { GRADES } from "@/components/grades";

export interface Cell {
  grade: IncidentGrade;
  /** As typed; empty: no such row. */
  text: string;
}

export interface Line {
  metric: string;
  cells: Cell[];
}

export interface Group {
  name: string;
  /** Starts of type codes, as typed. */
  scope: string;
  basis: string;
  source: string;
  verified: boolean;
  lines: Line[];
  /** The start of the ids of its rows. */
  key: string;
}

export function toGroups(rows: readonly GradingRow[]): Group[] {
  const names = [...new Set(rows.map((row) => `${row.group}|${row.scope.join(" ")}`))];
  return names.map((name) => {
    const own = rows.filter((row) => `${row.group}|${row.scope.join(" ")}` === name);
    const first = own[0]!;
    return {
      name: first.group, scope: first.scope.join(" "), basis: first.basis, source: first.source, verified: own.every((row) => row.verified),
      key: first.id.split(".")[0]!,
      lines: linesOf((metric, grade) => own.find((one) => one.metric === metric && one.grade === grade)?.at_least),
    };
  });
}

const METRICS = ["deaths", "serious", "loss_yuan", "burnt_hectares"] as const;

function linesOf(number: (metric: string, grade: IncidentGrade) => number | undefined): Line[] {
  return METRICS.map((metric) => ({ metric, cells: GRADES.map((grade) => ({ grade, text: String(number(metric, grade) ?? "") })) }));
}

/** One more group, to be filled in; its key is no other group's. */
export function emptyGroup(groups: readonly Group[]): Group {
  let at = groups.length + 1;
  while (groups.some((one) => one.key === `own${at}`)) at += 1;
  return { name: "新的一类", scope: "", basis: "", source: "", verified: false, key: `own${at}`, lines: linesOf(() => undefined) };
}

const plain = (text: string): string => text.normalize("NFKC").replace(/[,\s]/g, "");
export const isNumber = (text: string): boolean => plain(text) === "" || /^\d+(\.\d+)?$/.test(plain(text));
export const starts = (text: string): string[] => text.normalize("NFKC").toUpperCase().split(/[\s,、]+/).filter(Boolean);

export function toRows(groups: readonly Group[]): GradingRow[] {
  return groups.flatMap((group) => group.lines.flatMap(({ metric, cells }) => cells.flatMap(({ grade, text }) =>
    (plain(text) === "" ? [] : [{
      id: `${group.key}.${metric}.${grade}`, group: group.name, scope: starts(group.scope), metric, grade, at_least: Number(plain(text)),
      basis: group.basis.trim(), source: group.source.trim(), verified: group.verified,
    }]))));
}

/** What is wrong with a line, in words: the graver grade must need more. */
export function faultOf({ cells }: Line): string | null {
  if (cells.some((one) => !isNumber(one.text))) return "请填数字,没有这一级就留空";
  const numbers = cells.filter((one) => plain(one.text) !== "").map((one) => Number(plain(one.text)));
  return numbers.every((one, at) => at === 0 || numbers[at - 1]! > one) ? null : "级别越重数字应越大";
}

export const changeOf = ({ rows, exceptions, windows, sensitive, command }: GradingRules): GradingRulesChange =>
  ({ rows, exceptions, windows, sensitive, command });

interface TypedRow {
  /** Starts of type codes, as typed. */
  scope: string;
  basis: string;
  source: string;
  verified: boolean;
}

/** For how many days changes of figures are counted, as typed. The one for all other types stays: without it nothing would hold. */
export interface WindowLine extends TypedRow {
  days: string;
  isRest: boolean;
}

/** Types that no threshold grades, as typed. */
export interface ExemptLine extends TypedRow {
  way: GradingWay;
}

/** The start of no code at all: every type that no other row names. */
const REST = "";

export const toWindows = (rows: readonly WindowRow[]): WindowLine[] =>
  rows.map(({ scope, days, ...said }) => ({ ...said, scope: scope.join(" "), days: String(days), isRest: scope.includes(REST) }));
export const fromWindows = (lines: readonly WindowLine[]): WindowRow[] => lines.map(({ scope, days, isRest, ...said }) =>
  ({ ...trimmed(said), scope: isRest ? [...starts(scope), REST] : starts(scope), days: Number(plain(days)) }));

export const toExempt = (rows: readonly GradingException[]): ExemptLine[] => rows.map(({ scope, ...said }) => ({ ...said, scope: scope.join(" ") }));
export const fromExempt = (lines: readonly ExemptLine[]): GradingException[] =>
  lines.map(({ scope, ...said }) => ({ ...trimmed(said), scope: starts(scope) }));

const trimmed = <T extends { basis: string; source: string }>(said: T): T => ({ ...said, basis: said.basis.trim(), source: said.source.trim() });
const NEW_ROW: TypedRow = { scope: "", basis: "", source: "", verified: false };
export const emptyWindow = (): WindowLine => ({ ...NEW_ROW, days: "30", isRest: false });
export const emptyExempt = (): ExemptLine => ({ ...NEW_ROW, way: "by_hand" });

const START = /^\d{2}([A-Z](\d{2})?)?$/;

/** What is missing in a row of either kind, in words. */
export function lackOf(row: TypedRow & { days?: string; isRest?: boolean }): string | null {
  const wanted = starts(row.scope);
  if (!row.isRest && !wanted.length) return "请填适用类型,如 12G";
  if (wanted.some((one) => !START.test(one))) return "类型代码写作 12、12G 或 12G03";
  if (row.days !== undefined && !/^[1-9]\d{0,3}$/.test(plain(row.days))) return "天数填 1 到 3650 的整数";
  if (!row.basis.trim() || !row.source.trim()) return "请写依据和出处";
  return null;
}
