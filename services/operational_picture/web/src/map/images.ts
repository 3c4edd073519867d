/** Turns the SVG drawings into map images at start; nothing is fetched. */
import type { Map as MapLibre } from "maplibre-gl";
import type { WarningColor } from "@/api/types";
import { INCIDENT_CLASSES } from "./classes";
import { incidentSvg, maybeName, maybeSvg, symbolName, type SymbolLook } from "./incidentSymbol";
import { facilityImages } from "./facilitySymbol";
import { POST_SYMBOL, postSvg } from "./layers/posts";
import { GRADE_FILL, WARNING_FILL, type GradeKey, type Palette } from "./palette";
import { arrowSvg, crossSvg, MARK_KINDS, markSvg, markSymbolName, type MarkTone } from "./markSymbol";
import { CUT_UNIT, cutUnitSvg, UNIT_STATES, unitSvg, unitSymbolName } from "./unitSymbol";

const GRADES = Object.keys(GRADE_FILL) as GradeKey[];

async function rasterised(svg: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  return image;
}

function looks(): SymbolLook[] {
  return INCIDENT_CLASSES.flatMap((name) =>
    GRADES.flatMap((grade) => [true, false].flatMap((sensitive) =>
      [{ closed: true }, { closed: false }, { closed: false, cut: true }].map((state) => ({ name, grade, sensitive, ...state })))));
}

/** Diagonal lines that tile without a seam. */
function hatch(color: string, gap: number, width: number): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = gap;
  const pen = canvas.getContext("2d")!;
  pen.strokeStyle = color;
  pen.lineWidth = width;
  pen.beginPath();
  for (const shift of [-gap, 0, gap]) {
    pen.moveTo(shift - 2, gap + 2);
    pen.lineTo(shift + gap + 2, -2);
  }
  pen.stroke();
  return pen.getImageData(0, 0, gap, gap);
}

const pill = (fill: string, rim: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="48" height="40"><rect x="2" y="2" width="44" height="36" rx="8" fill="${fill}" stroke="${rim}" stroke-width="3"/></svg>`;

/** A tag that stretches round its text. */
async function addPill(map: MapLibre, name: string, fill: string, rim: string): Promise<void> {
  const image = await rasterised(pill(fill, rim));
  map.addImage(`pill/${name}`, image, { pixelRatio: 2, stretchX: [[14, 34]], stretchY: [[14, 26]], content: [10, 6, 38, 34] });
}

async function addSvg(map: MapLibre, name: string, svg: string): Promise<void> {
  map.addImage(name, await rasterised(svg), { pixelRatio: 2 });
}

const TONES: readonly MarkTone[] = ["danger", "help", "old"];

/** What is plotted by hand: signs, hatches, arrows, crosses, and tags for the words. */
async function addMarkImages(map: MapLibre, palette: Palette): Promise<void> {
  const { mark, symbolRim } = palette;
  for (const tone of TONES) {
    map.addImage(`hatch/mark/${tone}`, hatch(`${mark[tone]}66`, 28, 2.4), { pixelRatio: 2 });
    map.addImage(`hatch/mark/${tone}/dense`, hatch(`${mark[tone]}88`, 14, 2.4), { pixelRatio: 2 });
  }
  await Promise.all([
    ...TONES.flatMap((tone) => [
      addPill(map, `mark/${tone}`, mark[tone], symbolRim),
      addSvg(map, `mark/arrow/${tone}`, arrowSvg(mark[tone], symbolRim)),
      addSvg(map, `mark/cross/${tone}`, crossSvg(mark[tone], symbolRim)),
    ]),
    ...MARK_KINDS.flatMap((kind) => [true, false].map((isOld) => addSvg(map, markSymbolName(kind, isOld), markSvg(kind, isOld, palette)))),
  ]);
}

export async function addImages(map: MapLibre, palette: Palette): Promise<void> {
  const colors = Object.keys(WARNING_FILL) as WarningColor[];
  map.addImage("hatch/cut", hatch(palette.hatch, 20, 6), { pixelRatio: 2 });
  map.addImage("hatch/shaky", hatch(palette.hatch, 28, 2), { pixelRatio: 2 });
  for (const color of colors) map.addImage(`hatch/${color}`, hatch(`${WARNING_FILL[color]}99`, 24, 3), { pixelRatio: 2 });
  await Promise.all([
    ...colors.map((color) => addPill(map, color, WARNING_FILL[color], "#ffffff")),
    addSvg(map, POST_SYMBOL, postSvg(palette.accent, palette.symbolRim)),
    addPill(map, "cut", palette.land, palette.outline),
    ...looks().map((look) => addSvg(map, symbolName(look), incidentSvg(look, palette.symbolRim, palette.closed))),
    ...GRADES.filter((grade) => grade !== "none").map((grade) => addSvg(map, maybeName(grade), maybeSvg(grade))),
    addMarkImages(map, palette),
    addSvg(map, CUT_UNIT, cutUnitSvg(palette)),
    ...facilityImages(palette).map(([name, svg]) => addSvg(map, name, svg)),
    ...UNIT_STATES.map((status) => addSvg(map, unitSymbolName(status), unitSvg(status, palette))),
  ]);
}
