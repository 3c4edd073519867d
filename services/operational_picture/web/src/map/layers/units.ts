/** Units: shape and colour by state, one character by kind; names appear when there is room. */
import type { PictureUnit } from "@/api/types";
import type { LayerDefinition } from "../layer";
import { MAP_FONTS } from "../palette";
import { emptySource, point, SourceSync, type MapFeature } from "../sourceSync";
import { HOLLOW, KIND_CHARACTER, unitInk, unitSymbolName } from "../unitSymbol";
import type { Palette } from "../palette";

function toFeature(unit: PictureUnit, palette: Palette): MapFeature[] {
  if (unit.lon === null || unit.lat === null) return [];
  const character = unit.status === "unavailable" ? "" : KIND_CHARACTER[unit.unit_kind] ?? "";
  return [{
    key: `unit:${unit.id}`, geometry: point(unit.lon, unit.lat),
    properties: {
      id: unit.id, name: unit.name, character, symbol: unitSymbolName(unit.status), ink: unitInk(unit.status, palette),
      stale: unit.stale, busy: !HOLLOW.includes(unit.status) && unit.status !== "standby" ? 1 : 0,
    },
  }];
}

export const unitLayer: LayerDefinition = {
  name: "units",
  styleLayers: ["unit-symbol", "unit-name"],
  pointer: { kind: "unit", layers: ["unit-symbol"] },
  add(map, palette) {
    map.addSource("units", emptySource());
    map.addLayer({
      id: "unit-symbol", type: "symbol", source: "units",
      layout: {
        "icon-image": ["get", "symbol"], "icon-allow-overlap": true, "icon-ignore-placement": true,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 9, 0.62, 11, 0.85, 13, 1],
        "symbol-sort-key": ["get", "busy"],
        "text-field": ["step", ["zoom"], "", 10.8, ["get", "character"]], "text-font": MAP_FONTS,
        "text-size": ["interpolate", ["linear"], ["zoom"], 10.8, 10, 13, 12],
        "text-allow-overlap": true, "text-ignore-placement": true,
      },
      paint: { "text-color": ["get", "ink"], "icon-opacity": ["case", ["get", "stale"], 0.5, 1] },
    });
    map.addLayer({
      id: "unit-name", type: "symbol", source: "units", minzoom: 11.6,
      layout: {
        "text-field": ["get", "name"], "text-font": MAP_FONTS, "text-size": 12, "text-anchor": "top", "text-offset": [0, 1.1],
      },
      paint: { "text-color": palette.ink, "text-halo-color": palette.labelHalo, "text-halo-width": 1.6 },
    });
    const sync = new SourceSync(map, "units");
    return { update: ({ units }) => sync.show(units.flatMap((unit) => toFeature(unit, palette))) };
  },
};
