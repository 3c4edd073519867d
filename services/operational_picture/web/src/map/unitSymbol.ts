/** The unit's mark: shape and colour tell its state, one character inside tells its kind. */
import type { UnitKind, UnitStatus } from "@/api/types";
import { cutPattern } from "./incidentSymbol";
import type { Palette } from "./palette";

export const UNIT_STATES: readonly UnitStatus[] = [
  "standby", "accepted", "en_route", "on_scene", "working", "assembling", "returning", "back", "unavailable",
];
export const unitSymbolName = (status: UnitStatus): string => `unit/${status}`;

export const KIND_CHARACTER: Readonly<Record<UnitKind, string>> = {
  fire_rescue: "消", flood: "汛", hazmat: "危", forest_fire: "林", engineering: "工", power: "电", gas: "气", water: "水",
  drainage: "排", communications: "通", medical: "医", police: "警", militia_support: "民", social: "社", township: "属", department: "局",
  other: "他",
};
/** Hollow marks bear their character in the mark's own colour. */
export const HOLLOW: readonly UnitStatus[] = ["returning", "back", "unavailable"];

function shape(status: UnitStatus, palette: Palette): string {
  const { standby, moving, scene, unavailable } = palette.unit;
  const rim = `stroke="${palette.symbolRim}" stroke-width="1.5"`;
  switch (status) {
    case "standby": return `<circle cx="14" cy="14" r="9.5" fill="${standby}" ${rim}/>`;
    case "accepted": return `<circle cx="14" cy="14" r="9.5" fill="${moving}" ${rim}/>`;
    // Points east; the layer turns it towards the incident.
    case "en_route": return `<path d="M17.5 5.5 27 14l-9.5 8.5Z" fill="${moving}" ${rim}/><circle cx="14" cy="14" r="9" fill="${moving}"/>`;
    case "on_scene": case "working": return `<rect x="5" y="5" width="18" height="18" rx="2.5" fill="${scene}" ${rim}/>`;
    case "assembling": return `<path d="M5 7.5A2.5 2.5 0 0 1 7.5 5H18l5 5v10.5a2.5 2.5 0 0 1-2.5 2.5h-13A2.5 2.5 0 0 1 5 20.5Z" fill="${scene}" ${rim}/>`;
    case "returning": return `<rect x="6" y="6" width="16" height="16" rx="2.5" fill="${palette.land}" stroke="${scene}" stroke-width="2.2"/>`;
    case "back": return `<circle cx="14" cy="14" r="8.5" fill="${palette.land}" stroke="${standby}" stroke-width="2.2"/>`;
    default: return `<circle cx="14" cy="14" r="9.5" fill="${palette.land}" stroke="${unavailable}" stroke-width="1.5"/>`
      + `<path d="m9 9 10 10M19 9 9 19" stroke="${unavailable}" stroke-width="3" stroke-linecap="round"/>`;
  }
}

export const unitSvg = (status: UnitStatus, palette: Palette): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="56" height="56" viewBox="0 0 28 28">${shape(status, palette)}</svg>`;

/** A unit of a cut site: where and what it was then, not what it does now. */
export const CUT_UNIT = "unit/cut";
export const cutUnitSvg = (palette: Palette): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="56" height="56" viewBox="0 0 28 28">${cutPattern(palette.closed)}`
  + `<circle cx="14" cy="14" r="9.5" fill="url(#cut)" stroke="${palette.closed}" stroke-width="1.5" stroke-dasharray="3 2"/></svg>`;

export function unitInk(status: UnitStatus, palette: Palette): string {
  if (status === "returning") return palette.unit.scene;
  return status === "back" ? palette.unit.standby : palette.unit.ink;
}
