/** The built-in schematic: district outline, 22 townships, their names. Not a published map, and it says so. */
import type { GeoJSONSource } from "maplibre-gl";
import type { LayerDefinition, Scene } from "../layer";
import { MAP_FONTS } from "../palette";
import { emptySource, point } from "../sourceSync";

export const baseLayer: LayerDefinition = {
  name: "base",
  styleLayers: [],
  add(map, palette) {
    map.addSource("outline", emptySource());
    map.addSource("townships", emptySource());
    map.addLayer({ id: "land", type: "fill", source: "outline", paint: { "fill-color": palette.land } });
    map.addLayer({
      id: "township-lines", type: "line", source: "townships",
      paint: { "line-color": palette.township, "line-width": 1, "line-dasharray": [4, 2] },
    });
    map.addLayer({
      id: "outline-line", type: "line", source: "outline", layout: { "line-join": "round" },
      paint: { "line-color": palette.outline, "line-width": 2 },
    });
    let shown: Scene["district"] = null;
    return {
      update({ district }) {
        if (!district || district === shown) return;
        shown = district;
        void map.getSource<GeoJSONSource>("outline")?.setData(district.outline);
        void map.getSource<GeoJSONSource>("townships")?.setData(district.townships);
      },
    };
  },
};

/** Names stand above hatches and below symbols, so they are a layer of their own. */
export const namesLayer: LayerDefinition = {
  name: "names",
  styleLayers: [],
  add(map, palette) {
    map.addSource("names", emptySource());
    map.addLayer({
      id: "township-names", type: "symbol", source: "names", minzoom: 8.8,
      layout: {
        "text-field": ["get", "name"], "text-font": MAP_FONTS, "text-padding": 1,
        "text-size": ["interpolate", ["linear"], ["zoom"], 9, 12, 12, 15], "text-letter-spacing": 0.06,
        // Teams stand at the seat of their township: its name goes beneath them, or to the side where nobody stands.
        "text-variable-anchor": ["top", "bottom", "left", "right", "top-left", "top-right", "bottom-left", "bottom-right"],
        "text-radial-offset": 1.1, "text-justify": "auto",
      },
      paint: { "text-color": palette.label, "text-halo-color": palette.labelHalo, "text-halo-width": 1.6 },
    });
    let drawn = "";
    return {
      update({ territories }) {
        const stamp = territories.map((one) => one.name).join();
        if (stamp === drawn) return;
        drawn = stamp;
        const features = territories.map((one) => ({
          type: "Feature" as const, geometry: point(one.lon, one.lat), properties: { name: one.name },
        }));
        void map.getSource<GeoJSONSource>("names")?.setData({ type: "FeatureCollection", features });
      },
    };
  },
};
