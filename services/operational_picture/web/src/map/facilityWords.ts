/** What a facility says about itself in a few words, on the map and in lists. */
import type { FacilityStock, MapFacility } from "@/api/types";
import { label } from "@/i18n";
import { isOpenHazard } from "./facilitySymbol";

const METRES = 1000;

export function distanceText(metres: number): string {
  return metres < METRES ? `${Math.round(metres)} 米` : `${(metres / METRES).toFixed(1)} 公里`;
}

export const stockText = (stock: readonly FacilityStock[] | undefined): string =>
  (stock ?? []).map(({ substance, amount, unit }) => [substance, amount ?? "数量不详", amount === null ? "" : unit ?? ""].filter((part) => part !== "").join(" ")).join("、");

/** The figures that count at night, each once. */
export function facilityFigures(one: MapFacility): string[] {
  const stock = stockText(one.stock);
  return [
    stock && `储存 ${stock}`,
    one.road_width_m ? `路宽 ${one.road_width_m} 米` : "",
    one.capacity ? `可容纳 ${one.capacity} 人${one.occupied === undefined || one.occupied === null ? "" : `,在住 ${one.occupied} 人`}` : "",
    one.cordon_radius_m ? `预案警戒半径 ${one.cordon_radius_m} 米` : "",
  ].filter((part): part is string => Boolean(part));
}

export function facilityLines(one: MapFacility): string[] {
  const hazard = isOpenHazard(one) ? ` · 重大隐患${label("hazard_state", one.hazard_state ?? "registered")}` : "";
  return [`${one.kind_name} · ${one.code}${hazard}`, ...facilityFigures(one), ...(one.organisation ? [one.organisation] : [])];
}
