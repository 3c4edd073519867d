/** Marks of the register: square plates without a colour of meaning; an open major hazard is the filled one. */
import type { MapFacility } from "@/api/types";
import type { Palette } from "./palette";

export type FacilityLook = "plain" | "hazard" | "shelter";

const GROUP_CHARACTER: Readonly<Record<MapFacility["group"], string>> = {
  hazard_source: "源", key_target: "护", hydrant: "栓", water_intake: "水", road: "路", shelter: "避", supply: "物", other: "设",
};
const CODE_CHARACTER: readonly (readonly [string, string])[] = [["31M", "建"], ["31B", "学"], ["31F", "众"]];
const SUBTYPE_CHARACTER: Readonly<Record<string, string>> = { 医院: "院", 养老院: "老" };

/** Counts until it is struck off. */
export const isOpenHazard = ({ major_hazard: major, hazard_state: state }: MapFacility): boolean => Boolean(major) && state !== "closed";

export function facilityCharacter(one: MapFacility): string {
  if (isOpenHazard(one)) return "隐";
  const own = SUBTYPE_CHARACTER[one.subtype ?? ""] ?? CODE_CHARACTER.find(([prefix]) => one.code.startsWith(prefix))?.[1];
  return own ?? GROUP_CHARACTER[one.group];
}

export function facilityLook(one: MapFacility): FacilityLook {
  if (isOpenHazard(one)) return "hazard";
  return one.group === "shelter" ? "shelter" : "plain";
}

function plate(look: FacilityLook, palette: Palette): string {
  const rim = `stroke="${palette.ink}" stroke-width="1.5"`;
  if (look === "shelter") return `<path d="M14 3.5 25 10v13H3V10Z" fill="${palette.land}" ${rim} stroke-linejoin="round"/>`;
  if (look === "hazard") return `<rect x="3" y="3" width="22" height="22" fill="${palette.land}" ${rim}/><rect x="5.5" y="5.5" width="17" height="17" fill="${palette.ink}"/>`;
  return `<rect x="5" y="5" width="18" height="18" fill="${palette.land}" ${rim}/>`;
}

export const facilitySvg = (look: FacilityLook, palette: Palette): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="56" height="56" viewBox="0 0 28 28">${plate(look, palette)}</svg>`;
export const facilityImage = (look: FacilityLook): string => `facility/${look}`;
export const facilityImages = (palette: Palette): [string, string][] =>
  (["plain", "hazard", "shelter"] as const).map((look) => [facilityImage(look), facilitySvg(look, palette)]);

export const FACILITY_SAMPLES: readonly { look: FacilityLook; character: string; words: string }[] = [
  { look: "plain", character: "源", words: "危险源" }, { look: "hazard", character: "隐", words: "重大隐患未销号" },
  { look: "plain", character: "建", words: "在建工地" }, { look: "plain", character: "栓", words: "消火栓" },
  { look: "shelter", character: "避", words: "避难场所" },
];
