/** Units: shape and colour by state, one character by kind; free ones that stand together are counted. */
import type { AddLayerObject, FilterSpecification, Map as MapLibre } from "maplibre-gl";
import type { IncidentLocation, PictureUnit } from "@/api/types";
import { cutName } from "../cutName";
import type { LayerDefinition, Scene } from "../layer";
import { MAP_FONTS, type Palette } from "../palette";
import { emptySource, point, SourceSync, type MapFeature } from "../sourceSync";
import { CUT_UNIT, HOLLOW, KIND_CHARACTER, unitInk, unitSymbolName } from "../unitSymbol";

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
      id: unit.id, name: cutName(unit.name, unit), character, symbol: unit.stale ? CUT_UNIT : unitSymbolName(unit.status),
      ink: unit.stale ? "#14212f" : unitInk(unit.status, palette), heading: unit.stale ? 0 : heading, stale: unit.stale,
    },
  }];
}

/** Those ordered, under way or at work are never hidden inside a counted ring. */
const isBusy = (unit: PictureUnit): boolean =>
  unit.active_assignment_id !== null || (!HOLLOW.includes(unit.status) && unit.status !== "standby");

/** Names of townships make room for those that stand; they would jump if they did so for those that drive. */
function markLayer(id: string, source: string, standing: boolean): AddLayerObject {
  return {
    id, type: "symbol", source, filter: ["!", ["has", "point_count"]],
    layout: {
      "icon-image": ["get", "symbol"], "icon-allow-overlap": true, "icon-ignore-placement": !standing,
      "icon-rotate": ["get", "heading"], "icon-rotation-alignment": "viewport",
      "icon-size": ["interpolate", ["linear"], ["zoom"], 8.4, 0.42, 9.4, 0.62, 11, 0.85, 13, 1],
      "text-field": ["step", ["zoom"], "", 10.8, ["get", "character"]], "text-font": MAP_FONTS,
      "text-size": ["interpolate", ["linear"], ["zoom"], 10.8, 10, 13, 12],
      "text-allow-overlap": true, "text-ignore-placement": true,
    },
    paint: { "text-color": ["get", "ink"], "icon-opacity": 1 },
  };
}

function nameLayer(id: string, source: string, palette: Palette): AddLayerObject {
  return {
    id, type: "symbol", source, minzoom: 11.6, filter: ["!", ["has", "point_count"]],
    layout: {
      "text-field": ["get", "name"], "text-font": MAP_FONTS, "text-size": 12, "text-anchor": "top", "text-offset": [0, 1.1],
    },
    paint: { "text-color": palette.ink, "text-halo-color": palette.labelHalo, "text-halo-width": 1.6 },
  };
}

function addRings(map: MapLibre, palette: Palette): void {
  const isRing: FilterSpecification = ["has", "point_count"];
  map.addLayer({
    id: "unit-cluster", type: "circle", source: "units-free", filter: isRing,
    paint: {
      "circle-radius": ["step", ["get", "point_count"], 9, 10, 11, 100, 14], "circle-color": palette.labelHalo,
      "circle-stroke-color": palette.unit.standby, "circle-stroke-width": 2,
    },
  });
  map.addLayer({
    id: "unit-count", type: "symbol", source: "units-free", filter: isRing,
    layout: {
      "text-field": ["to-string", ["get", "point_count"]], "text-font": MAP_FONTS, "text-size": 11, "text-allow-overlap": true,
      // As wide as the ring: names keep clear of it.
      "text-padding": 8,
    },
    paint: { "text-color": palette.ink },
  });
}

export const unitLayer: LayerDefinition = {
  name: "units",
  styleLayers: ["unit-cluster", "unit-count", "unit-symbol", "unit-busy", "unit-name", "unit-busy-name"],
  pointer: { kind: "unit", layers: ["unit-busy", "unit-symbol", "unit-cluster"] },
  add(map, palette) {
    map.addSource("units-free", { ...emptySource(), cluster: true, clusterRadius: 28, clusterMaxZoom: 12 });
    map.addSource("units-busy", emptySource());
    map.addLayer(markLayer("unit-symbol", "units-free", true));
    addRings(map, palette);
    map.addLayer(markLayer("unit-busy", "units-busy", false));
    map.addLayer(nameLayer("unit-name", "units-free", palette));
    map.addLayer(nameLayer("unit-busy-name", "units-busy", palette));
    const free = new SourceSync(map, "units-free");
    const busy = new SourceSync(map, "units-busy");
    return {
      update(scene) {
        const turned = headings(scene);
        const draw = (unit: PictureUnit): MapFeature[] => toFeature(unit, palette, turned.get(unit.id) ?? 0);
        free.show(scene.units.filter((unit) => !isBusy(unit)).flatMap(draw));
        busy.show(scene.units.filter(isBusy).flatMap(draw));
      },
    };
  },
};
