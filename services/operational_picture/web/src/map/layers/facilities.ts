/** The register on the map, a layer for each question; entries that stand together are counted until one is close enough. */
import type { Map as MapLibre } from "maplibre-gl";
import type { MapFacility } from "@/api/types";
import { facilityCharacter, facilityImage, facilityLook } from "../facilitySymbol";
import type { LayerDefinition, Scene } from "../layer";
import { MAP_FONTS, type Palette } from "../palette";
import { emptySource, point, SourceSync, type MapFeature } from "../sourceSync";

interface Question {
  name: "hazards" | "targets" | "water" | "shelters";
  groups: readonly MapFacility["group"][];
  /** Nearer than this it is drawn. */
  from: number;
  /** Up to this what stands together is one ring. */
  ringsTo: number;
}
const QUESTIONS: readonly Question[] = [
  { name: "shelters", groups: ["shelter", "supply", "other"], from: 11.5, ringsTo: 12 },
  { name: "water", groups: ["hydrant", "water_intake", "road"], from: 13, ringsTo: 14 },
  { name: "targets", groups: ["key_target"], from: 11.5, ringsTo: 13 },
  { name: "hazards", groups: ["hazard_source"], from: 10.8, ringsTo: 12 },
];
const NAMES_FROM = 13.5;
const symbolOf = ({ name }: Question): string => `facility-${name}-symbol`;
export const FACILITY_SYMBOLS: readonly string[] = QUESTIONS.map(symbolOf);

/** An open major hazard is asked for with the hazards, whatever it else is. */
const belongs = (one: MapFacility, { name, groups }: Question): boolean =>
  facilityLook(one) === "hazard" ? name === "hazards" : groups.includes(one.group);

const toFeature = (one: MapFacility, palette: Palette): MapFeature => ({
  key: `facility:${one.id}`, geometry: point(one.lon, one.lat),
  properties: {
    id: one.id, name: one.name, symbol: facilityImage(facilityLook(one)), character: facilityCharacter(one),
    ink: facilityLook(one) === "hazard" ? palette.land : palette.ink,
  },
});

function addRings(map: MapLibre, question: Question, source: string, palette: Palette): void {
  map.addLayer({
    id: `facility-${question.name}-ring`, type: "circle", source, minzoom: question.from, filter: ["has", "point_count"],
    paint: {
      "circle-radius": ["step", ["get", "point_count"], 8, 10, 10, 100, 13], "circle-color": palette.labelHalo,
      "circle-stroke-color": palette.ink, "circle-stroke-width": 1.2,
    },
  });
  map.addLayer({
    id: `facility-${question.name}-count`, type: "symbol", source, minzoom: question.from, filter: ["has", "point_count"],
    layout: { "text-field": ["to-string", ["get", "point_count"]], "text-font": MAP_FONTS, "text-size": 10, "text-allow-overlap": true, "text-ignore-placement": true },
    paint: { "text-color": palette.ink },
  });
}

function addMarks(map: MapLibre, question: Question, source: string, palette: Palette): void {
  map.addLayer({
    id: symbolOf(question), type: "symbol", source, minzoom: question.from, filter: ["!", ["has", "point_count"]],
    layout: {
      "icon-image": ["get", "symbol"], "icon-allow-overlap": true, "icon-ignore-placement": true,
      "icon-size": ["interpolate", ["linear"], ["zoom"], 10.8, 0.55, 12, 0.7, 14, 0.9],
      "text-field": ["step", ["zoom"], "", 11.5, ["get", "character"]], "text-font": MAP_FONTS,
      "text-size": ["interpolate", ["linear"], ["zoom"], 11.5, 9, 14, 11], "text-allow-overlap": true, "text-ignore-placement": true,
    },
    paint: { "text-color": ["get", "ink"] },
  });
  map.addLayer({
    id: `facility-${question.name}-name`, type: "symbol", source, minzoom: NAMES_FROM, filter: ["!", ["has", "point_count"]],
    layout: { "text-field": ["get", "name"], "text-font": MAP_FONTS, "text-size": 11, "text-anchor": "top", "text-offset": [0, 1.1] },
    paint: { "text-color": palette.label, "text-halo-color": palette.labelHalo, "text-halo-width": 1.4 },
  });
}

function layerOf(question: Question): LayerDefinition {
  const source = `facilities-${question.name}`;
  const part = (name: string): string => `facility-${question.name}-${name}`;
  return {
    name: question.name,
    styleLayers: [part("ring"), part("count"), part("symbol"), part("name")],
    pointer: { kind: "facility", layers: [part("symbol"), part("ring")] },
    add(map, palette) {
      map.addSource(source, { ...emptySource(), cluster: true, clusterRadius: 26, clusterMaxZoom: question.ringsTo });
      addRings(map, question, source, palette);
      addMarks(map, question, source, palette);
      const sync = new SourceSync(map, source);
      let shown: Scene["facilities"] | null = null;
      return {
        update({ facilities }) {
          if (facilities === shown) return;
          shown = facilities;
          sync.show(facilities.filter((one) => belongs(one, question)).map((one) => toFeature(one, palette)));
        },
      };
    },
  };
}

/** From the ground up: hazards lie on top. */
export const facilityLayers: readonly LayerDefinition[] = QUESTIONS.map(layerOf);
