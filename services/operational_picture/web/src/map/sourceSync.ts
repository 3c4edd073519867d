/** Keeps one GeoJSON source equal to a list of features by sending only differences; a refused diff is sent whole. */
import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";

export interface MapFeature {
  /** The aggregate's id; the source gets a number for it, which MapLibre needs for diffs. */
  key: string;
  geometry: GeoJSON.Geometry;
  properties: Record<string, string | number | boolean | null>;
}

const numbers = new Map<string, number>();
/** The same number for the same key as long as the page lives. */
export function numberOf(key: string): number {
  const known = numbers.get(key);
  if (known !== undefined) return known;
  numbers.set(key, numbers.size + 1);
  return numbers.size;
}

const toGeoJson = ({ key, geometry, properties }: MapFeature): GeoJSON.Feature => ({
  type: "Feature", id: numberOf(key), geometry, properties: { key, ...properties },
});

export class SourceSync {
  private stamps = new Map<string, string>();

  constructor(private readonly map: MapLibre, private readonly source: string) {}

  show(features: readonly MapFeature[]): void {
    const source = this.map.getSource<GeoJSONSource>(this.source);
    if (!source) return;
    const next = new Map(features.map((feature) => [feature.key, JSON.stringify([feature.geometry, feature.properties])]));
    const changed = features.filter((feature) => this.stamps.get(feature.key) !== next.get(feature.key));
    const gone = [...this.stamps.keys()].filter((key) => !next.has(key));
    this.stamps = next;
    if (!changed.length && !gone.length) return;
    void this.send(source, changed, gone, features);
  }

  private async send(
    source: GeoJSONSource, changed: readonly MapFeature[], gone: readonly string[], all: readonly MapFeature[],
  ): Promise<void> {
    try {
      // What is added under a known number replaces it; removing it first would make it flicker.
      await source.updateData({ remove: gone.map(numberOf), add: changed.map(toGeoJson) });
    } catch {
      await source.setData({ type: "FeatureCollection", features: all.map(toGeoJson) });
    }
  }
}

export const emptySource = (): { type: "geojson"; data: GeoJSON.FeatureCollection } => ({
  type: "geojson", data: { type: "FeatureCollection", features: [] },
});

export const point = (lon: number, lat: number): GeoJSON.Point => ({ type: "Point", coordinates: [lon, lat] });
