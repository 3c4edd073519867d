/** Units: shape and colour by state, one character by kind; names appear when there is room. */
import type { IncidentLocation, PictureUnit } from "@/api/types";
import type { LayerDefinition, Scene } from "../layer";
import { MAP_FONTS, type Palette } from "../palette";
import { emptySource, point, SourceSync, type MapFeature } from "../sourceSync";
import { HOLLOW, KIND_CHARACTER, unitInk, unitSymbolName } from "../unitSymbol";

/** Clockwise degrees by which a mark that points east is turned to point from here to there. */
function turn(unit: PictureUnit, target: IncidentLocation | undefined): number {
  if (target?.lon == null || target.lat == null || unit.lon === null || unit.lat === null) return 0;
  const east = (target.lon - unit.lon) * Math.cos((unit.lat * Math.PI) / 180);
  return Math.round((-Math.atan2(target.lat - unit.lat, east) * 180) / Math.PI);
}

function headings({ assignments, incidents, units }: Scene): Map<string, number> {
  const places = new Map(incidents.map((one) => [one.id, one.location]));
  const targets = new Map(assignments.map((one) => [one.unit_id, places.get(one.incident_id)]));
  return new Map(units.filter((one) => one.status === "en_route").map((one) => [one.id, turn(one, targets.get(one.id))]));
}

function toFeature(unit: PictureUnit, palette: Palette, heading: number): MapFeature[] {
  if (unit.lon === null || unit.lat === null) return [];
  const character = unit.status === "unavailable" ? "" : KIND_CHARACTER[unit.unit_kind] ?? "";
  return [{
    key: `unit:${unit.id}`, geometry: point(unit.lon, unit.lat),
    properties: {
      id: unit.id, name: unit.name, character, symbol: unitSymbolName(unit.status), ink: unitInk(unit.status, palette),
      heading, stale: unit.stale, busy: !HOLLOW.includes(unit.status) && unit.status !== "standby" ? 1 : 0,
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
        "icon-rotate": ["get", "heading"], "icon-rotation-alignment": "viewport",
        "icon-size": ["interpolate", ["linear"], ["zoom"], 8.4, 0.42, 9.4, 0.62, 11, 0.85, 13, 1],
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
    return {
      update(scene) {
        const turned = headings(scene);
        sync.show(scene.units.flatMap((unit) => toFeature(unit, palette, turned.get(unit.id) ?? 0)));
      },
    };
  },
};
