/** The signs of what is plotted: a shape that says keep away or come here, one character that says what. */
import type { MarkKind } from "@/api/types";
import type { Palette } from "./palette";

export const MARK_KINDS: readonly MarkKind[] = [
  "cordon", "wind_sector", "closed_road", "evacuation_route", "assembly_point", "settlement_point", "hazard_note", "free",
];
const HELPS: ReadonlySet<MarkKind> = new Set(["evacuation_route", "assembly_point", "settlement_point"]);
const CHARACTER: Readonly<Record<MarkKind, string>> = {
  cordon: "警", wind_sector: "风", closed_road: "封", evacuation_route: "疏", assembly_point: "集", settlement_point: "安",
  hazard_note: "险", free: "注",
};
export type MarkTone = "danger" | "help" | "old";
export const toneOf = (kind: MarkKind, isOld: boolean): MarkTone => (isOld ? "old" : HELPS.has(kind) ? "help" : "danger");
export const markSymbolName = (kind: MarkKind, isOld: boolean): string => `mark/${kind}${isOld ? "/old" : ""}`;

const SQUARE = `<rect x="4" y="4" width="20" height="20" rx="3"`;
const OCTAGON = `<path d="M9.5 3.5h9l6 6v9l-6 6h-9l-6-6v-9Z"`;
const HEXAGON = `<path d="M8 3.5h12l6.5 10.5L20 24.5H8L1.5 14Z"`;
const NOTE = `<path d="M4 4h20v15H16l-4 5v-5H4Z"`;

function outline(kind: MarkKind): string {
  if (HELPS.has(kind)) return SQUARE;
  if (kind === "closed_road") return OCTAGON;
  return kind === "free" ? NOTE : HEXAGON;
}

/** Drawn as a picture, so that it is the same in the legend, in the form and on the map. */
export function markSvg(kind: MarkKind, isOld: boolean, palette: Palette): string {
  const { mark, symbolRim } = palette;
  const shape = outline(kind);
  const below = kind === "free" ? 16.2 : 18.6;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="56" height="56" viewBox="0 0 28 28">${shape} fill="${mark[toneOf(kind, isOld)]}" `
    + `stroke="${symbolRim}" stroke-width="1.5"/><text x="14" y="${below}" text-anchor="middle" font-size="12.5" font-weight="700" `
    + `font-family="Noto Sans SC,Noto Sans CJK SC,PingFang SC,Microsoft YaHei,sans-serif" fill="${mark.ink}">${CHARACTER[kind]}</text></svg>`;
}

/** Points along a route. */
export const arrowSvg = (fill: string, rim: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="44" height="44" viewBox="0 0 22 22"><path d="M4 3.5 19 11 4 18.5 7.5 11Z" fill="${fill}" stroke="${rim}" stroke-width="1.4"/></svg>`;
/** Stands across a closed road. */
export const crossSvg = (fill: string, rim: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" viewBox="0 0 20 20"><path d="m4 4 12 12M16 4 4 16" stroke="${rim}" stroke-width="6" stroke-linecap="round"/>`
  + `<path d="m4 4 12 12M16 4 4 16" stroke="${fill}" stroke-width="3.4" stroke-linecap="round"/></svg>`;
