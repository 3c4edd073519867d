/** Command posts: a flag with who commands, as long as the post is at work. */
import type { LayerDefinition, Scene } from "../layer";
import { MAP_FONTS } from "../palette";
import { emptySource, point, SourceSync, type MapFeature } from "../sourceSync";

export const POST_SYMBOL = "post/flag";
export const postSvg = (fill: string, rim: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 32 32"><path d="M7 3v26" stroke="${fill}" stroke-width="3" stroke-linecap="round"/>`
  + `<path d="M8.5 4h18.5l-4.5 6.5 4.5 6.5H8.5Z" fill="${fill}" stroke="${rim}" stroke-width="1.5"/></svg>`;

const toFeatures = ({ posts }: Scene): MapFeature[] =>
  posts.flatMap(({ id, name, commander_name: who, lon, lat, stale }) => (lon === null || lat === null ? [] : [{
    key: `post:${id}`, geometry: point(lon, lat), properties: { name: `${name}\n总指挥 ${who}`, stale },
  }]));

export const postLayer: LayerDefinition = {
  name: "posts",
  styleLayers: ["post-symbol"],
  add(map, palette) {
    map.addSource("posts", emptySource());
    map.addLayer({
      id: "post-symbol", type: "symbol", source: "posts",
      layout: {
        "icon-image": POST_SYMBOL, "icon-allow-overlap": true, "icon-ignore-placement": true, "icon-anchor": "bottom-left", "icon-offset": [-12, 6],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 8.4, 0.6, 13, 1],
        "text-field": ["step", ["zoom"], "", 10.8, ["get", "name"]], "text-font": MAP_FONTS, "text-size": 12, "text-anchor": "left",
        "text-offset": [1.8, -1], "text-justify": "left", "text-optional": true,
      },
      paint: {
        "text-color": palette.ink, "text-halo-color": palette.labelHalo, "text-halo-width": 1.8, "icon-opacity": ["case", ["get", "stale"], 0.5, 1],
      },
    });
    const source = new SourceSync(map, "posts");
    return { update: (scene: Scene) => source.show(toFeatures(scene)) };
  },
};
