/** Rings that breathe around incidents whose call nobody has answered: the only thing on the map that moves. */
import { Marker, type Map as MapLibre } from "maplibre-gl";
import type { PictureIncident } from "@/api/types";

export class CallMarkers {
  private markers = new Map<string, Marker>();

  constructor(private readonly map: MapLibre) {}

  show(incidents: readonly PictureIncident[]): void {
    const wanted = new Map(incidents.map((one) => [one.id, one.location]));
    for (const [id, marker] of this.markers) {
      if (wanted.has(id)) continue;
      marker.remove();
      this.markers.delete(id);
    }
    for (const [id, { lon, lat }] of wanted) {
      if (lon === null || lat === null) continue;
      const marker = this.markers.get(id) ?? this.create(id);
      marker.setLngLat([lon, lat]).addTo(this.map);
    }
  }

  private create(id: string): Marker {
    const element = document.createElement("div");
    element.className = "call-ring";
    element.setAttribute("aria-hidden", "true");
    const marker = new Marker({ element });
    this.markers.set(id, marker);
    return marker;
  }
}
