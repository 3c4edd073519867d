/** Where in a township a note may stand without lying on an incident: the inner point farthest from all of them. */
type Position = [number, number];

function outerRing(geometry: GeoJSON.Geometry): Position[] {
  if (geometry.type === "Polygon") return geometry.coordinates[0] as Position[];
  return geometry.type === "MultiPolygon" ? (geometry.coordinates[0]![0] as Position[]) : [];
}

/** A note and the name beneath an incident are lines: they need three times the room beside one another that they need above. */
const LINE_SHAPE = 1 / 3;
const distance = (a: Position, b: Position): number => Math.hypot((a[0] - b[0]) * 0.77 * LINE_SHAPE, a[1] - b[1]);

/** Candidates: the middle, and half-way from it to each corner (inside, since the schematic cells are convex). */
function candidates(ring: readonly Position[]): Position[] {
  const corners = ring.slice(0, -1);
  const sum = corners.reduce<Position>((total, [lon, lat]) => [total[0] + lon, total[1] + lat], [0, 0]);
  const middle: Position = [sum[0] / corners.length, sum[1] / corners.length];
  return [middle, ...corners.map(([lon, lat]): Position => [(middle[0] + lon) / 2, (middle[1] + lat) / 2])];
}

export function notePlace(area: GeoJSON.Geometry | undefined, seat: Position, incidents: readonly Position[]): Position {
  const ring = area ? outerRing(area) : [];
  if (ring.length < 4) return seat;
  const room = (place: Position): number => Math.min(Infinity, ...incidents.map((one) => distance(one, place)));
  return candidates(ring).reduce((best, place) => (room(place) > room(best) ? place : best));
}
