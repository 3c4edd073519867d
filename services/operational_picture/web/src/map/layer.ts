/** What every layer file gives: how it is drawn once, and which features it shows of the present picture. */
import type { Map as MapLibre } from "maplibre-gl";
import type { District, LonLat, MapFacility, PictureAssignment, PictureIncident, PictureMark, PicturePost, PictureUnit, PictureWarning, Territory } from "@/api/types";
import type { Palette } from "./palette";

export interface Scene {
  district: District | null;
  territories: readonly Territory[];
  warnings: readonly PictureWarning[];
  incidents: readonly PictureIncident[];
  units: readonly PictureUnit[];
  assignments: readonly PictureAssignment[];
  /** The same list as long as the register is the same: its layers look no further then. */
  facilities: readonly MapFacility[];
  posts: readonly PicturePost[];
  /** Points from which people called, each incident's first call included. */
  calls: readonly { id: string; lon: number; lat: number }[];
  /** Incidents whose call nobody has answered: they are never hidden inside a ring. */
  called: ReadonlySet<string>;
  selected: { kind: string; id: string } | null;
  marks: readonly PictureMark[];
  /** Marks whose time is over and that nobody has lifted. */
  expired: ReadonlySet<string>;
  /** Corners of the area that is being drawn. */
  corners: readonly LonLat[];
  /** An open line instead of an area. */
  isLine: boolean;
  /** The circle or sector that would become of it. */
  preview: GeoJSON.Geometry | null;
}

export interface LayerHandle {
  update(scene: Scene): void;
}

export interface LayerDefinition {
  name: string;
  /** Style layers that the layer switch hides and shows together. */
  styleLayers: readonly string[];
  /** Style layers that answer to the pointer, and the kind of thing they show. */
  pointer?: { kind: "incident" | "unit" | "warning" | "territory" | "mark" | "facility"; layers: readonly string[] };
  add(map: MapLibre, palette: Palette): LayerHandle;
}
