/** Where many call from: a grey shade that grows with the calls, their number beside it. It lies beneath all signs. */
import type { LayerDefinition, Scene } from "../layer";
import { MAP_FONTS } from "../palette";
import { emptySource, point, SourceSync, type MapFeature } from "../sourceSync";

/** Fewer say no more than the incident's own sign. */
const MANY = 3;
const RADIUS_PX = 36;

const toFeatures = ({ calls }: Scene): MapFeature[] =>
  calls.map(({ id, lon, lat }) => ({ key: `call:${id}`, geometry: point(lon, lat), properties: {} }));

export const callLayer: LayerDefinition = {
  name: "calls",
  styleLayers: ["call-density", "call-count"],
  add(map, palette) {
    map.addSource("calls", emptySource());
    map.addSource("calls-counted", { ...emptySource(), cluster: true, clusterRadius: RADIUS_PX, clusterMaxZoom: 16 });
    map.addLayer({
      id: "call-density", type: "heatmap", source: "calls",
      paint: {
        "heatmap-radius": RADIUS_PX, "heatmap-intensity": 0.4, "heatmap-opacity": 0.5,
        "heatmap-color": ["interpolate", ["linear"], ["heatmap-density"], 0.2, "rgba(0,0,0,0)", 1, palette.label],
      },
    });
    map.addLayer({
      id: "call-count", type: "symbol", source: "calls-counted", filter: [">=", ["get", "point_count"], MANY],
      layout: {
        "text-field": ["concat", "来电 ", ["to-string", ["get", "point_count"]]], "text-font": MAP_FONTS, "text-size": 13,
        "text-offset": [0, -2.4], "text-allow-overlap": true, "text-ignore-placement": true,
      },
      paint: { "text-color": palette.ink, "text-halo-color": palette.labelHalo, "text-halo-width": 1.8 },
    });
    const [shade, counted] = [new SourceSync(map, "calls"), new SourceSync(map, "calls-counted")];
    return {
      update(scene: Scene) {
        const features = toFeatures(scene);
        shade.show(features);
        counted.show(features);
      },
    };
  },
};
