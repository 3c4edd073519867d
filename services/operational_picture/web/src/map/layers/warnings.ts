/** Warnings: outline, hatch and word in the warning's colour; never a filled area that hides the map. */
import { label } from "@/i18n";
import type { PictureWarning, WarningColor } from "@/api/types";
import type { LayerDefinition } from "../layer";
import { MAP_FONTS, WARNING_FILL, WARNING_INK } from "../palette";
import { emptySource, SourceSync, type MapFeature } from "../sourceSync";

type Position = number[];
const colorOf = (warning: PictureWarning): WarningColor => warning.color ?? "blue";

function areaOf({ geometry }: PictureWarning): GeoJSON.MultiPolygon | GeoJSON.Polygon | null {
  return geometry?.type === "MultiPolygon" || geometry?.type === "Polygon" ? geometry : null;
}

/** The northernmost corner: a word there lies beside the area, not on it. */
function northernmost(area: GeoJSON.MultiPolygon | GeoJSON.Polygon): Position {
  const rings = area.type === "Polygon" ? area.coordinates : area.coordinates.flat();
  const corners = rings.flat();
  return corners.reduce((best, corner) => (corner[1]! > best[1]! ? corner : best));
}

const areas = (warnings: readonly PictureWarning[]): MapFeature[] => warnings.flatMap((warning) => {
  const geometry = areaOf(warning);
  return geometry ? [{ key: `warning:${warning.id}`, geometry, properties: { id: warning.id, color: colorOf(warning) } }] : [];
});

const words = (warnings: readonly PictureWarning[]): MapFeature[] => warnings.flatMap((warning) => {
  const area = areaOf(warning);
  if (!area) return [];
  const color = colorOf(warning);
  const text = `${warning.event}${label("warning_color", color)}预警`;
  const properties = { id: warning.id, color, text, ink: WARNING_INK[color] };
  return [{ key: `word:${warning.id}`, geometry: { type: "Point", coordinates: northernmost(area) }, properties }];
});

export const warningLayer: LayerDefinition = {
  name: "warnings",
  styleLayers: ["warning-hatch", "warning-casing", "warning-line", "warning-word"],
  pointer: { kind: "warning", layers: ["warning-word", "warning-line"] },
  add(map, palette) {
    map.addSource("warnings", emptySource());
    map.addSource("warning-words", emptySource());
    map.addLayer({
      id: "warning-hatch", type: "fill", source: "warnings",
      paint: { "fill-pattern": ["concat", "hatch/", ["get", "color"]], "fill-opacity": 0.5 },
    });
    map.addLayer({
      id: "warning-casing", type: "line", source: "warnings", layout: { "line-join": "round" },
      paint: { "line-color": palette.labelHalo, "line-width": 5, "line-opacity": 0.9 },
    });
    map.addLayer({
      id: "warning-line", type: "line", source: "warnings", layout: { "line-join": "round" },
      paint: {
        "line-width": 2.5,
        "line-color": ["match", ["get", "color"], "red", WARNING_FILL.red, "orange", WARNING_FILL.orange,
          "yellow", WARNING_FILL.yellow, WARNING_FILL.blue],
      },
    });
    map.addLayer({
      id: "warning-word", type: "symbol", source: "warning-words",
      layout: {
        "text-field": ["get", "text"], "text-font": MAP_FONTS, "text-size": ["interpolate", ["linear"], ["zoom"], 8.5, 11, 9.5, 12], "text-max-width": 30,
        "icon-image": ["concat", "pill/", ["get", "color"]], "icon-text-fit": "both", "icon-text-fit-padding": [1, 3, 1, 3],
        "icon-allow-overlap": true, "text-allow-overlap": true,
      },
      paint: { "text-color": ["get", "ink"] },
    });
    const shapes = new SourceSync(map, "warnings");
    const labels = new SourceSync(map, "warning-words");
    return {
      update({ warnings }) {
        shapes.show(areas(warnings));
        labels.show(words(warnings));
      },
    };
  },
};
