/** Circles and sectors round a point, as the server makes them: on the sphere, degrees clockwise from north, metres. */
import type { LonLat } from "@/api/types";

const EARTH_M = 6_371_008.8;
const SIDES = 64;
const STEP_DEG = 3;
const rad = (degrees: number): number => (degrees * Math.PI) / 180;
const deg = (radians: number): number => (radians * 180) / Math.PI;
const round = (value: number): number => Math.round(value * 1e7) / 1e7;

/** The point so far in this direction. */
export function destination({ lon, lat }: LonLat, bearing: number, metres: number): LonLat {
  const [phi, theta, arc] = [rad(lat), rad(bearing), metres / EARTH_M];
  const end = Math.asin(Math.sin(phi) * Math.cos(arc) + Math.cos(phi) * Math.sin(arc) * Math.cos(theta));
  const turn = Math.atan2(Math.sin(theta) * Math.sin(arc) * Math.cos(phi), Math.cos(arc) - Math.sin(phi) * Math.sin(end));
  return { lon: round(lon + deg(turn)), lat: round(deg(end)) };
}

const at = (centre: LonLat, bearing: number, metres: number): GeoJSON.Position => {
  const { lon, lat } = destination(centre, bearing, metres);
  return [lon, lat];
};

export function circle(centre: LonLat, metres: number): GeoJSON.Polygon {
  const ring = Array.from({ length: SIDES }, (_, side) => at(centre, (360 * side) / SIDES, metres)).reverse();
  return { type: "Polygon", coordinates: [[...ring, ring[0]!]] };
}

export function sector(centre: LonLat, metres: number, towards: number, spread: number): GeoJSON.Polygon {
  const steps = Math.max(2, Math.round(spread / STEP_DEG));
  const arc = Array.from({ length: steps + 1 }, (_, step) => at(centre, towards - spread / 2 + (spread * step) / steps, metres)).reverse();
  const tip: GeoJSON.Position = [round(centre.lon), round(centre.lat)];
  return { type: "Polygon", coordinates: [[tip, ...arc, tip]] };
}
