/** The incident's mark: a diamond in the grade's colour, the class drawn inside, the numeral on a tab, a dot if sensitive. */
import { glyphSvg } from "./glyphs";
import type { IncidentClass } from "./classes";
import { GRADE_FILL, GRADE_INK, type GradeKey } from "./palette";

export interface SymbolLook {
  name: IncidentClass;
  grade: GradeKey;
  closed: boolean;
  sensitive: boolean;
  /** Its site is cut off: what is drawn is what was true then. */
  cut?: boolean;
}

const NUMERALS: Readonly<Record<GradeKey, string>> = { I: "Ⅰ", II: "Ⅱ", III: "Ⅲ", IV: "Ⅳ", none: "" };
export const symbolName = (look: SymbolLook): string =>
  `incident/${look.name}/${look.grade}/${look.cut ? "cut" : look.closed ? "closed" : "open"}${look.sensitive ? "/sensitive" : ""}`;

function tab(grade: GradeKey, rim: string): string {
  if (grade === "none") return "";
  return `<rect x="21.5" y="1.5" width="13" height="13" rx="3.5" fill="#14212f" stroke="${rim}" stroke-width="1.5"/>`
    + `<text x="28" y="11.3" text-anchor="middle" font-size="9.5" font-weight="700" fill="#fff"`
    + ` font-family="Noto Sans SC,Noto Sans CJK SC,Microsoft YaHei,sans-serif">${NUMERALS[grade]}</text>`;
}

export const maybeName = (possible: GradeKey): string => `maybe/${possible}`;

/** 「Ⅱ?」 in a dashed frame of its colour: what an incident may still become; legible in greyscale. */
export function maybeSvg(possible: GradeKey): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="32" viewBox="0 0 20 16">`
    + `<rect x="1" y="1" width="18" height="14" rx="3.5" fill="#fff" stroke="${GRADE_FILL[possible]}" stroke-width="2" stroke-dasharray="3.4 1.6"/>`
    + `<text x="10" y="11.6" text-anchor="middle" font-size="10" font-weight="700" fill="#14212f"`
    + ` font-family="Noto Sans SC,Noto Sans CJK SC,Microsoft YaHei,sans-serif">${NUMERALS[possible]}?</text></svg>`;
}

/** Grey with diagonal lines: the same on the map for everything that a cut site told. */
export const cutPattern = (grey: string): string =>
  `<defs><pattern id="cut" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">`
  + `<rect width="5" height="5" fill="#e3e8ee"/><rect width="2" height="5" fill="${grey}"/></pattern></defs>`;

/** 36×36; sensitive = a white-ringed black dot at the lower right, also readable in greyscale. */
export function incidentSvg(look: SymbolLook, rim: string, closedFill: string): string {
  const fill = look.cut ? "url(#cut)" : look.closed ? closedFill : GRADE_FILL[look.grade];
  const ink = look.cut ? "#14212f" : look.closed ? "#ffffff" : GRADE_INK[look.grade];
  const dot = look.sensitive ? `<circle cx="28.5" cy="28" r="4.2" fill="#14212f" stroke="#fff" stroke-width="1.8"/>` : "";
  return `<svg xmlns="http://www.w3.org/2000/svg" width="72" height="72" viewBox="0 0 36 36">`
    + (look.cut ? cutPattern(closedFill) : "")
    + `<rect x="7" y="7" width="22" height="22" rx="5" transform="rotate(45 18 18)" fill="${fill}" stroke="${rim}" stroke-width="2"/>`
    + `<g transform="translate(10 10)">${glyphSvg(look.name, ink)}</g>${tab(look.closed ? "none" : look.grade, rim)}${dot}</svg>`;
}
