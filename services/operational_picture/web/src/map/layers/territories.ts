/** Townships whose station is cut are hatched whole, with the time of their last report; shaky ones thinly. */
import { minuteText } from "@/i18n/time";
import type { LayerDefinition, Scene } from "../layer";
import { notePlace } from "../notePlace";
import { MAP_FONTS } from "../palette";
import { emptySource, point, SourceSync, type MapFeature } from "../sourceSync";

function shapes({ district, territories }: Scene): MapFeature[] {
  const byCode = new Map(territories.map((one) => [one.code, one]));
  return (district?.townships.features ?? []).flatMap((feature) => {
    const territory = byCode.get(String(feature.properties?.code));
    if (!territory || !feature.geometry) return [];
    return [{ key: `territory:${territory.code}`, geometry: feature.geometry, properties: { state: territory.state } }];
  });
}

function notes({ district, territories, incidents }: Scene): MapFeature[] {
  const areas = new Map(district?.townships.features.map((one) => [String(one.properties?.code), one.geometry]));
  const taken = incidents.flatMap(({ location: { lon, lat } }): [number, number][] => (lon === null || lat === null ? [] : [[lon, lat]]));
  return territories.filter((one) => one.state === "disconnected").map((one) => ({
    key: `note:${one.code}`, geometry: point(...notePlace(areas.get(one.code), [one.lon, one.lat], taken)),
    properties: { text: one.last_fact_at ? `失联 · 最后一报 ${minuteText(one.last_fact_at)}` : "失联 · 从未有报" },
  }));
}

export const territoryLayer: LayerDefinition = {
  name: "territories",
  styleLayers: ["territory-cut", "territory-shaky", "territory-cut-line"],
  pointer: { kind: "territory", layers: ["territory-area"] },
  add(map, palette) {
    map.addSource("territories", emptySource());
    const common = { source: "territories" } as const;
    map.addLayer({ id: "territory-area", type: "fill", ...common, paint: { "fill-color": palette.land, "fill-opacity": 0 } });
    map.addLayer({
      id: "territory-cut", type: "fill", ...common, filter: ["==", ["get", "state"], "disconnected"],
      paint: { "fill-pattern": "hatch/cut" },
    });
    map.addLayer({
      id: "territory-shaky", type: "fill", ...common, filter: ["==", ["get", "state"], "degraded"],
      paint: { "fill-pattern": "hatch/shaky" },
    });
    map.addLayer({
      id: "territory-cut-line", type: "line", ...common, filter: ["==", ["get", "state"], "disconnected"],
      paint: { "line-color": palette.label, "line-width": 1.5 },
    });
    const areas = new SourceSync(map, "territories");
    return { update: (scene) => areas.show(shapes(scene)) };
  },
};

/** The words are never left out: a cut township must not look like a quiet one. */
export const territoryNoteLayer: LayerDefinition = {
  name: "territory-notes",
  styleLayers: ["territory-note"],
  add(map, palette) {
    map.addSource("territory-notes", emptySource());
    map.addLayer({
      id: "territory-note", type: "symbol", source: "territory-notes",
      layout: {
        "text-field": ["get", "text"], "text-font": MAP_FONTS, "text-size": 12, "text-max-width": 30,
        "icon-image": "pill/cut", "icon-text-fit": "both", "icon-text-fit-padding": [1, 3, 1, 3],
        "icon-allow-overlap": true, "text-allow-overlap": true,
      },
      paint: { "text-color": palette.ink },
    });
    const texts = new SourceSync(map, "territory-notes");
    return { update: (scene) => texts.show(notes(scene)) };
  },
};
