/** Owns the MapLibre instance: dresses it for a theme, feeds the layers, answers what lies under a point. */
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import {
  Map as MapLibre, ScaleControl, setWorkerUrl, type GeoJSONSource, type LngLatBoundsLike, type MapGeoJSONFeature,
  type PointLike,
} from "maplibre-gl";
import { addImages } from "./images";
import type { LayerHandle, Scene } from "./layer";
import { LAYERS } from "./layers";
import { FACILITY_SYMBOLS } from "./layers/facilities";
import { PALETTES, type Theme } from "./palette";

setWorkerUrl(workerUrl);

const LOCALE = { "ScaleControl.Meters": "米", "ScaleControl.Kilometers": "公里", "Map.Title": "态势地图" };
const REACH_PX = 5;

export interface Hit {
  kind: "incident" | "unit" | "warning" | "territory" | "mark" | "facility" | "cluster";
  id: string;
  feature: MapGeoJSONFeature;
}

function toHit(feature: MapGeoJSONFeature): Hit | null {
  if (feature.properties.cluster) return { kind: "cluster", id: `${feature.source}/${feature.properties.cluster_id}`, feature };
  const layer = LAYERS.find((one) => one.pointer?.layers.includes(feature.layer.id));
  const key = String(feature.properties.key ?? "");
  return layer?.pointer ? { kind: layer.pointer.kind, id: key.slice(key.indexOf(":") + 1), feature } : null;
}

export interface DrawnMark {
  id: string;
  symbol: string;
  words: string;
}

export class MapStage {
  readonly map: MapLibre;
  private handles: LayerHandle[] = [];
  private scene: Scene | null = null;
  private hidden = new Set<string>();
  private dressing = 0;

  /** `scale` enlarges everything drawn; the container is laid out that much smaller and blown up by CSS. */
  constructor(container: HTMLElement, private bounds: LngLatBoundsLike, scale: number) {
    this.map = new MapLibre({
      container, bounds, fitBoundsOptions: { padding: 24 }, style: { version: 8, sources: {}, layers: [] }, locale: LOCALE,
      attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, minZoom: 7, maxZoom: 18,
      fadeDuration: 120, pixelRatio: window.devicePixelRatio * scale,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new ScaleControl({ maxWidth: 110 }), "bottom-left");
  }

  /** Draws everything anew in a theme's colours; the camera stays where the person left it. */
  async dress(theme: Theme): Promise<void> {
    const turn = ++this.dressing;
    const palette = PALETTES[theme];
    const style = { version: 8 as const, sources: {}, layers: [{ id: "outside", type: "background" as const, paint: { "background-color": palette.outside } }] };
    const loaded = this.map.once("style.load");
    this.handles = [];
    this.map.setStyle(style, { diff: false });
    await loaded;
    await addImages(this.map, palette);
    if (turn !== this.dressing) return;
    this.handles = LAYERS.map((layer) => layer.add(this.map, palette));
    this.hidden.forEach((name) => this.applyVisibility(name));
    if (this.scene) this.show(this.scene);
  }

  show(scene: Scene): void {
    this.scene = scene;
    this.handles.forEach((handle) => handle.update(scene));
  }

  setVisible(name: string, visible: boolean): void {
    if (visible) this.hidden.delete(name);
    else this.hidden.add(name);
    this.applyVisibility(name);
  }

  setHome(bounds: LngLatBoundsLike): void {
    this.bounds = bounds;
  }

  goHome(animate = true): void {
    this.map.fitBounds(this.bounds, { padding: 24, animate, duration: 500 });
  }

  /** Things under a point of the screen, topmost first, each once. */
  hitsAt(x: number, y: number): Hit[] {
    const box: [PointLike, PointLike] = [[x - REACH_PX, y - REACH_PX], [x + REACH_PX, y + REACH_PX]];
    const layers = LAYERS.flatMap((layer) => layer.pointer?.layers ?? []).filter((id) => this.map.getLayer(id));
    const seen = new Map<string, Hit>();
    for (const feature of this.map.queryRenderedFeatures(box, { layers })) {
      const hit = toHit(feature);
      const key = hit && `${hit.kind}:${hit.id}`;
      if (key && !seen.has(key)) seen.set(key, hit);
    }
    return [...seen.values()];
  }

  async openCluster(hit: Hit): Promise<void> {
    const zoom = await this.map.getSource<GeoJSONSource>(hit.feature.source)?.getClusterExpansionZoom(Number(hit.feature.properties.cluster_id));
    const [lon, lat] = (hit.feature.geometry as GeoJSON.Point).coordinates;
    if (zoom !== undefined) this.map.easeTo({ center: [lon!, lat!], zoom: Math.min(zoom + 0.3, 16), duration: 400 });
  }

  /** How many incidents are drawn in view, those inside rings included. */
  renderedIncidents(): number {
    if (!this.map.getLayer("incident-symbol")) return 0;
    const features = this.map.queryRenderedFeatures({ layers: ["incident-symbol", "incident-called", "incident-cluster"] });
    const counts = new Map(features.map((one) => [one.id ?? one.properties.cluster_id, Number(one.properties.point_count ?? 1)]));
    return [...counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The sign and the words of each incident, unit, plotted mark and facility that is really drawn in view. */
  drawnMarks(): DrawnMark[] {
    const known = ["incident-symbol", "incident-called", "unit-symbol", "unit-busy", "mark-word", "mark-sign", ...FACILITY_SYMBOLS];
    const layers = known.filter((id) => this.map.getLayer(id));
    return this.map.queryRenderedFeatures({ layers }).flatMap(({ properties }) =>
      properties.id ? [{ id: String(properties.id), symbol: String(properties.symbol), words: String(properties.title ?? properties.name) }] : []);
  }

  camera(): { lon: number; lat: number; zoom: number } {
    const { lng, lat } = this.map.getCenter();
    return { lon: lng, lat, zoom: this.map.getZoom() };
  }

  destroy(): void {
    this.map.remove();
  }

  private applyVisibility(name: string): void {
    const layer = LAYERS.find((one) => one.name === name);
    const extra = name === "territories" ? ["territory-note"] : [];
    for (const id of [...(layer?.styleLayers ?? []), ...extra]) {
      if (this.map.getLayer(id)) this.map.setLayoutProperty(id, "visibility", this.hidden.has(name) ? "none" : "visible");
    }
  }
}
