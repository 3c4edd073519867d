/** A picture of the map as a file: of what is on it near one place, with what it is and when written below. */
import type { Map as MapLibre } from "maplibre-gl";
import type { LonLat } from "@/api/types";

const SETTLE_MS = 4_000;
const ZOOM = 13;
const FOOT_PX = 72;
const RING_PX = 18;

let current: MapLibre | null = null;

/** The map from which pictures are taken; there is one at a time. */
export function offerSnapshots(map: MapLibre): () => void {
  current = map;
  return () => {
    if (current === map) current = null;
  };
}

const drawn = (map: MapLibre): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, SETTLE_MS);
    map.once("idle", () => {
      clearTimeout(timer);
      resolve();
    });
    map.triggerRepaint();
  });

/** What the canvas shows must be taken while it is drawn: afterwards the browser may have thrown it away. */
const copied = (map: MapLibre, place: LonLat | null): Promise<HTMLCanvasElement> =>
  new Promise((resolve) => {
    map.once("render", () => {
      const from = map.getCanvas();
      const copy = document.createElement("canvas");
      copy.width = from.width;
      copy.height = from.height + FOOT_PX;
      const pen = copy.getContext("2d")!;
      pen.drawImage(from, 0, 0);
      if (place) mark(pen, map, place);
      resolve(copy);
    });
    map.triggerRepaint();
  });

/** PNG of the map around the place, null where there is no map; the camera is where it was afterwards. */
export async function mapPicture(place: LonLat | null, lines: [string, string]): Promise<Blob | null> {
  const map = current;
  if (!map) return null;
  const before = { center: map.getCenter(), zoom: map.getZoom() };
  if (place) map.jumpTo({ center: [place.lon, place.lat], zoom: ZOOM });
  await drawn(map);
  const copy = await copied(map, place);
  if (place) map.jumpTo(before);
  write(copy, lines);
  return new Promise((resolve) => copy.toBlob(resolve, "image/png"));
}

/** A ring and a cross where it happened: the incident's own sign may be filtered away, or lie beneath others. */
function mark(pen: CanvasRenderingContext2D, map: MapLibre, { lon, lat }: LonLat): void {
  const canvas = map.getCanvas();
  const scale = canvas.width / canvas.clientWidth;
  const { x, y } = map.project([lon, lat]);
  const [left, top, radius] = [x * scale, y * scale, RING_PX * scale];
  pen.strokeStyle = "#c1121f";
  pen.lineWidth = 3 * scale;
  pen.beginPath();
  pen.arc(left, top, radius, 0, 2 * Math.PI);
  pen.moveTo(left - radius, top);
  pen.lineTo(left + radius, top);
  pen.moveTo(left, top - radius);
  pen.lineTo(left, top + radius);
  pen.stroke();
}

function write(copy: HTMLCanvasElement, lines: [string, string]): void {
  const pen = copy.getContext("2d")!;
  const top = copy.height - FOOT_PX;
  pen.fillStyle = "#fff";
  pen.fillRect(0, top, copy.width, FOOT_PX);
  pen.fillStyle = "#000";
  pen.font = "600 22px 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif";
  pen.fillText(lines[0], 16, top + 30, copy.width - 32);
  pen.font = "18px 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif";
  pen.fillText(lines[1], 16, top + 58, copy.width - 32);
}
