/** A ring around what is selected, under its symbol. */
import type { LayerDefinition, Scene } from "../layer";
import { emptySource, point, SourceSync, type MapFeature } from "../sourceSync";

function placeOf({ selected, incidents, units, facilities }: Scene): { lon: number | null; lat: number | null } | null {
  if (selected?.kind === "incident") return incidents.find((one) => one.id === selected.id)?.location ?? null;
  if (selected?.kind === "unit") return units.find((one) => one.id === selected.id) ?? null;
  if (selected?.kind === "facility") return facilities.find((one) => one.id === selected.id) ?? null;
  return null;
}

function ring(scene: Scene): MapFeature[] {
  const place = placeOf(scene);
  if (place?.lon == null || place.lat == null) return [];
  return [{ key: "selection", geometry: point(place.lon, place.lat), properties: {} }];
}

export const selectionLayer: LayerDefinition = {
  name: "selection",
  styleLayers: [],
  add(map, palette) {
    map.addSource("selection", emptySource());
    map.addLayer({
      id: "selection-ring", type: "circle", source: "selection",
      paint: {
        "circle-radius": 24, "circle-color": palette.accent, "circle-opacity": 0.16,
        "circle-stroke-color": palette.accent, "circle-stroke-width": 2.5,
      },
    });
    const sync = new SourceSync(map, "selection");
    return { update: (scene) => sync.show(ring(scene)) };
  },
};
