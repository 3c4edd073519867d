/** Incidents: class inside a diamond of the grade's colour, numeral beside it; near ones join into a counted ring. */
import type { AddLayerObject, Map as MapLibre } from "maplibre-gl";
import type { PictureIncident } from "@/api/types";
import { incidentClass } from "../classes";
import { cutName } from "../cutName";
import { maybeName, symbolName } from "../incidentSymbol";
import type { LayerDefinition, Scene } from "../layer";
import { GRADE_FILL, MAP_FONTS, type GradeKey, type Palette } from "../palette";
import { emptySource, point, SourceSync, type MapFeature } from "../sourceSync";

/** Worst first when symbols overlap, and the colour of a cluster is that of its worst. */
const WEIGHT = { I: 4, II: 3, III: 2, IV: 1, none: 0 } as const;

function toFeature(incident: PictureIncident): MapFeature[] {
  const { lon, lat } = incident.location;
  if (lon === null || lat === null) return [];
  const grade: GradeKey = incident.grade ?? "none";
  const closed = incident.status === "closed" || incident.status === "merged";
  const possible = closed || incident.possible_grade === incident.grade ? null : incident.possible_grade;
  const look = { name: incidentClass(incident.type_code), grade, closed, sensitive: incident.sensitive, cut: incident.stale && !closed };
  const weight = closed ? -1 : WEIGHT[grade];
  return [{
    key: `incident:${incident.id}`, geometry: point(lon, lat),
    properties: { id: incident.id, symbol: symbolName(look), title: cutName(incident.status === "recovering" ? `${incident.title}(善后)` : incident.title, incident), weight, stale: incident.stale,
      maybe: possible ? maybeName(possible) : "" },
  }];
}

/** Names would bury the map when the whole district stands on a phone. */
const NAMES_FROM_ZOOM = 9.4;

function symbolLayer(id: string, source: string, palette: Palette): AddLayerObject {
  return {
    id, type: "symbol", source, filter: ["!", ["has", "point_count"]],
    layout: {
      "icon-image": ["get", "symbol"], "icon-allow-overlap": true, "symbol-sort-key": ["get", "weight"],
      "icon-size": ["interpolate", ["linear"], ["zoom"], 8, 0.8, 9.5, 1],
      "text-field": ["step", ["zoom"], "", NAMES_FROM_ZOOM, ["get", "title"]], "text-font": MAP_FONTS, "text-size": 13,
      "text-optional": true, "text-variable-anchor": ["top", "bottom", "left", "right"], "text-radial-offset": 1.4,
      "text-max-width": 14, "text-justify": "auto",
    },
    paint: {
      "text-color": palette.ink, "text-halo-color": palette.labelHalo, "text-halo-width": 1.8,
    },
  };
}

/** What it may still become, at the upper left of the mark; never inside a ring. */
function maybeLayer(id: string, source: string): AddLayerObject {
  return {
    id, type: "symbol", source, filter: ["all", ["!", ["has", "point_count"]], ["!=", ["get", "maybe"], ""]],
    layout: {
      "icon-image": ["get", "maybe"], "icon-allow-overlap": true, "icon-offset": [-11, -11], "symbol-sort-key": ["get", "weight"],
    },
  };
}

function addRings(map: MapLibre, palette: Palette): void {
  map.addLayer({
    id: "incident-cluster", type: "circle", source: "incidents", filter: ["has", "point_count"],
    paint: {
      "circle-radius": 14, "circle-color": palette.labelHalo, "circle-stroke-width": 4,
      "circle-stroke-color": ["match", ["get", "worst"], 4, GRADE_FILL.I, 3, GRADE_FILL.II, 2, GRADE_FILL.III,
        1, GRADE_FILL.IV, GRADE_FILL.none],
    },
  });
  map.addLayer({
    id: "incident-count", type: "symbol", source: "incidents", filter: ["has", "point_count"],
    layout: {
      "text-field": ["to-string", ["get", "point_count"]], "text-font": MAP_FONTS, "text-size": 14, "text-allow-overlap": true,
    },
    paint: { "text-color": palette.ink },
  });
}

export const incidentLayer: LayerDefinition = {
  name: "incidents",
  styleLayers: ["incident-cluster", "incident-count", "incident-symbol", "incident-called", "incident-maybe", "incident-called-maybe"],
  pointer: { kind: "incident", layers: ["incident-called", "incident-symbol", "incident-cluster"] },
  add(map, palette) {
    map.addSource("incidents", {
      ...emptySource(), cluster: true, clusterRadius: 30, clusterMaxZoom: 13,
      clusterProperties: { worst: ["max", ["get", "weight"]] },
    });
    map.addSource("incidents-called", emptySource());
    addRings(map, palette);
    map.addLayer(symbolLayer("incident-symbol", "incidents", palette));
    map.addLayer(symbolLayer("incident-called", "incidents-called", palette));
    map.addLayer(maybeLayer("incident-maybe", "incidents"));
    map.addLayer(maybeLayer("incident-called-maybe", "incidents-called"));
    const quiet = new SourceSync(map, "incidents");
    const called = new SourceSync(map, "incidents-called");
    return {
      update({ incidents, called: ids }: Scene) {
        quiet.show(incidents.filter((one) => !ids.has(one.id)).flatMap(toFeature));
        called.show(incidents.filter((one) => ids.has(one.id)).flatMap(toFeature));
      },
    };
  },
};
