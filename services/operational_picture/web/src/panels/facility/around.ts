/** The same look around as the server's, on this machine's copy of the register, for when no server answers. */
import type { MapFacility, NearFacility } from "@/api/types";
import { isOpenHazard } from "@/map/facilitySymbol";

const EARTH_M = 6_371_008.8;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;
export const NEAR_M = 1000;
export const ON_SITE_M = 60;

export function metresBetween(a: { lon: number; lat: number }, b: { lon: number; lat: number }): number {
  const half = Math.sin(radians(b.lat - a.lat) / 2) ** 2
    + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * Math.sin(radians(b.lon - a.lon) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(half)));
}

export interface Around {
  items: NearFacility[];
  sites: NearFacility[];
  majorHazards: NearFacility[];
  road: NearFacility | null;
}

export function lookAround(place: { lon: number; lat: number }, register: readonly MapFacility[]): Around {
  const items = register
    .map((one) => ({ ...one, distance_m: Math.max(0, metresBetween(place, one) - (one.extent_m ?? 0)) }))
    .filter((one) => one.distance_m <= NEAR_M)
    .sort((a, b) => a.distance_m - b.distance_m);
  return {
    items,
    sites: items.filter((one) => one.code === "31M00" && one.distance_m <= ON_SITE_M),
    majorHazards: items.filter(isOpenHazard),
    road: items.find((one) => one.road_width_m) ?? null,
  };
}
