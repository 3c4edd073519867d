/** The area that is being drawn: dashed edge, a light fill and its corners, above everything else. */
import type { LayerDefinition, Scene } from "../layer";
import { emptySource, point, SourceSync, type MapFeature } from "../sourceSync";

const AREA = 3;

function shape({ corners, isLine, preview }: Scene): MapFeature[] {
  const positions = corners.map(({ lon, lat }) => [lon, lat]);
  const dots = corners.map(({ lon, lat }, index) => ({ key: `corner:${index}`, geometry: point(lon, lat), properties: {} }));
  if (preview) return [{ key: "drawing", geometry: preview, properties: {} }, ...dots];
  if (positions.length < 2) return dots;
  const ring = [...positions, positions[0]!];
  const drawn: GeoJSON.Geometry = isLine || positions.length < AREA
    ? { type: "LineString", coordinates: positions } : { type: "Polygon", coordinates: [ring] };
  return [{ key: "drawing", geometry: drawn, properties: {} }, ...dots];
}

export const drawingLayer: LayerDefinition = {
  name: "drawing",
  styleLayers: [],
  add(map, palette) {
    map.addSource("drawing", emptySource());
    map.addLayer({
      id: "drawing-fill", type: "fill", source: "drawing", filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": palette.accent, "fill-opacity": 0.12 },
    });
    map.addLayer({
      id: "drawing-line", type: "line", source: "drawing", filter: ["!=", ["geometry-type"], "Point"],
      paint: { "line-color": palette.accent, "line-width": 2.5, "line-dasharray": [2, 1.5] },
    });
    map.addLayer({
      id: "drawing-corner", type: "circle", source: "drawing", filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-radius": 5, "circle-color": palette.symbolRim, "circle-stroke-color": palette.accent, "circle-stroke-width": 2.5,
      },
    });
    const sync = new SourceSync(map, "drawing");
    return { update: (scene) => sync.show(shape(scene)) };
  },
};
