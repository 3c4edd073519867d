/** What end-to-end tests ask the page: numbers only, no way to change anything. */
import type { DrawnMark } from "./stage";
import { usePicture } from "@/stores/picture";

export interface Stat {
  linkState: string;
  seq: number;
  epoch: string;
  incidents: number;
  units: number;
  /** In force. */
  warnings: number;
  renderedIncidents: number;
  asOf: string | null;
}

export interface Camera {
  lon: number;
  lat: number;
  zoom: number;
}

declare global {
  interface Window {
    __yzt?: { stat(): Stat; marks(): DrawnMark[]; camera(): Camera };
  }
}

export function registerProbe(renderedIncidents: () => number, drawnMarks: () => DrawnMark[], camera: () => Camera): void {
  const picture = usePicture();
  window.__yzt = {
    marks: drawnMarks,
    camera,
    stat: () => ({
      linkState: picture.link, seq: picture.seq, epoch: picture.epoch, incidents: picture.incidents.length,
      units: picture.units.length, warnings: picture.currentWarnings.length, renderedIncidents: renderedIncidents(), asOf: picture.asOf,
    }),
  };
}
