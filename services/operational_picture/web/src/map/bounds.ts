/** The district's extent, from its outline; before that is known, the townships' seats. */
import type { LngLatBoundsLike } from "maplibre-gl";
import type { District, Township } from "@/api/types";

/** All of Beijing's south, shown until the outline is known. */
const BEFORE: LngLatBoundsLike = [[116.2, 39.43], [116.74, 39.84]];

function positionsIn(coordinates: unknown): [number, number][] {
  if (!Array.isArray(coordinates)) return [];
  if (typeof coordinates[0] === "number") return [coordinates as [number, number]];
  return coordinates.flatMap(positionsIn);
}

function geometriesOf(outline: District["outline"]): GeoJSON.Geometry[] {
  return outline.type === "Feature" ? [outline.geometry] : outline.features.map((feature) => feature.geometry);
}

export function boundsOf(district: District | null, townships: readonly Township[]): LngLatBoundsLike {
  const shape = district ? geometriesOf(district.outline).flatMap((one) => ("coordinates" in one ? positionsIn(one.coordinates) : [])) : [];
  const positions = shape.length ? shape : townships.map((one): [number, number] => [one.lon, one.lat]);
  if (!positions.length) return BEFORE;
  const lons = positions.map(([lon]) => lon);
  const lats = positions.map(([, lat]) => lat);
  return [[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]];
}
