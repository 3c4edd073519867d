/** What is plotted by hand: outline, hatch and word; never a filled area that hides the map. What is over is grey. */
import type { ExpressionSpecification } from "maplibre-gl";
import type { PictureMark } from "@/api/types";
import { markWords } from "@/forms/mark";
import { cutName } from "../cutName";
import type { LayerDefinition, Scene } from "../layer";
import { markSymbolName, toneOf } from "../markSymbol";
import { MAP_FONTS } from "../palette";
import { emptySource, SourceSync, type MapFeature } from "../sourceSync";

type Spot = GeoJSON.Position;

/** Where the word stands: of a sector at the far edge, of another area at its northern end, of a line in its middle. */
function wordAt({ geometry, mark_kind: kind }: PictureMark): Spot | null {
  if (geometry?.type === "Point") return geometry.coordinates;
  if (geometry?.type === "LineString") {
    const { coordinates: line } = geometry;
    const from = line[Math.floor((line.length - 1) / 2)]!;
    const to = line[Math.floor((line.length - 1) / 2) + 1] ?? from;
    return [(from[0]! + to[0]!) / 2, (from[1]! + to[1]!) / 2];
  }
  if (geometry?.type !== "Polygon") return null;
  const ring = geometry.coordinates[0] ?? [];
  if (kind === "wind_sector") return ring[Math.floor(ring.length / 2)] ?? null;
  return ring.reduce<Spot | null>((best, corner) => (best === null || corner[1]! > best[1]! ? corner : best), null);
}

function toShape(mark: PictureMark, isOld: boolean): MapFeature[] {
  const { geometry, mark_kind: kind } = mark;
  if (!geometry || geometry.type === "Point") return [];
  return [{ key: `mark:${mark.id}`, geometry, properties: { id: mark.id, kind, tone: toneOf(kind, isOld), dense: kind === "wind_sector" ? "/dense" : "" } }];
}

function toWord(mark: PictureMark, isOld: boolean, isPast: boolean): MapFeature[] {
  const at = wordAt(mark);
  if (!at) return [];
  const words = cutName(`${markWords(mark)}${isPast ? "(已过有效期)" : ""}`, mark);
  const properties = {
    id: mark.id, title: words, tone: toneOf(mark.mark_kind, isOld), symbol: markSymbolName(mark.mark_kind, isOld),
    spot: mark.geometry?.type === "Point",
  };
  return [{ key: `mark-word:${mark.id}`, geometry: { type: "Point", coordinates: at }, properties }];
}

const tone = (prefix: string, suffix: ExpressionSpecification | string = ""): ExpressionSpecification => ["concat", prefix, ["get", "tone"], suffix];

export const markLayer: LayerDefinition = {
  name: "marks",
  styleLayers: ["mark-hatch", "mark-casing", "mark-line", "mark-dashes", "mark-arrows", "mark-crosses", "mark-sign", "mark-word"],
  pointer: { kind: "mark", layers: ["mark-word", "mark-sign", "mark-line", "mark-dashes"] },
  add(map, palette) {
    const color: ExpressionSpecification = ["match", ["get", "tone"], "danger", palette.mark.danger, "help", palette.mark.help, palette.mark.old];
    map.addSource("marks", emptySource());
    map.addSource("mark-words", emptySource());
    map.addLayer({
      id: "mark-hatch", type: "fill", source: "marks", filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-pattern": tone("hatch/mark/", ["get", "dense"]), "fill-opacity": 0.75 },
    });
    map.addLayer({
      id: "mark-casing", type: "line", source: "marks", layout: { "line-join": "round", "line-cap": "round" },
      paint: { "line-color": palette.labelHalo, "line-width": 6, "line-opacity": 0.85 },
    });
    map.addLayer({
      id: "mark-line", type: "line", source: "marks", filter: ["!=", ["get", "kind"], "wind_sector"], layout: { "line-join": "round" },
      paint: { "line-color": color, "line-width": 3 },
    });
    map.addLayer({
      id: "mark-dashes", type: "line", source: "marks", filter: ["==", ["get", "kind"], "wind_sector"],
      paint: { "line-color": color, "line-width": 2.5, "line-dasharray": [3, 1.5] },
    });
    for (const [id, kind, image] of [["mark-arrows", "evacuation_route", "mark/arrow/"], ["mark-crosses", "closed_road", "mark/cross/"]] as const) {
      map.addLayer({
        id, type: "symbol", source: "marks", filter: ["all", ["==", ["get", "kind"], kind], ["==", ["geometry-type"], "LineString"]],
        layout: {
          "symbol-placement": "line", "symbol-spacing": 60, "icon-image": tone(image), "icon-allow-overlap": true, "icon-ignore-placement": true,
          "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 0.6, 14, 1],
        },
      });
    }
    map.addLayer({
      id: "mark-sign", type: "symbol", source: "mark-words", filter: ["get", "spot"],
      layout: {
        "icon-image": ["get", "symbol"], "icon-allow-overlap": true, "icon-ignore-placement": true,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 8.4, 0.5, 11, 0.85, 13, 1.05],
        "text-field": ["step", ["zoom"], "", 11, ["get", "title"]], "text-font": MAP_FONTS, "text-size": 12, "text-anchor": "top",
        "text-offset": [0, 1.2], "text-optional": true,
      },
      paint: { "text-color": palette.ink, "text-halo-color": palette.labelHalo, "text-halo-width": 1.8 },
    });
    map.addLayer({
      id: "mark-word", type: "symbol", source: "mark-words", filter: ["!", ["get", "spot"]], minzoom: 10,
      layout: {
        "text-field": ["get", "title"], "text-font": MAP_FONTS, "text-size": 12, "text-max-width": 30,
        "icon-image": tone("pill/mark/"), "icon-text-fit": "both", "icon-text-fit-padding": [1, 3, 1, 3],
        "icon-allow-overlap": true, "text-allow-overlap": true,
      },
      paint: { "text-color": palette.mark.ink },
    });
    const [shapes, words] = [new SourceSync(map, "marks"), new SourceSync(map, "mark-words")];
    return {
      update({ marks, expired }: Scene) {
        const isOld = (mark: PictureMark): boolean => mark.stale || expired.has(mark.id);
        shapes.show(marks.flatMap((mark) => toShape(mark, isOld(mark))));
        words.show(marks.flatMap((mark) => toWord(mark, isOld(mark), expired.has(mark.id))));
      },
    };
  },
};
