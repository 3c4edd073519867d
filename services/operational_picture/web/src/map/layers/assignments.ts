/** A thin line from each sent unit to its incident: dashed on the way, whole on the scene, grey on the way back. */
import type { LayerDefinition, Scene } from "../layer";
import { emptySource, SourceSync, type MapFeature } from "../sourceSync";

const PHASE: Readonly<Record<string, "moving" | "scene" | "returning">> = {
  ordered: "moving", accepted: "moving", en_route: "moving", on_scene: "scene", working: "scene", assembling: "scene",
  returning: "returning",
};

function lines({ assignments, units, incidents }: Scene): MapFeature[] {
  const unitAt = new Map(units.map((unit) => [unit.id, unit]));
  const incidentAt = new Map(incidents.map((incident) => [incident.id, incident.location]));
  return assignments.flatMap((assignment) => {
    const from = unitAt.get(assignment.unit_id);
    const to = incidentAt.get(assignment.incident_id);
    const phase = PHASE[assignment.status];
    if (!phase || from?.lon == null || from.lat == null || to?.lon == null || to.lat == null) return [];
    const coordinates = [[from.lon, from.lat], [to.lon, to.lat]];
    return [{ key: `assignment:${assignment.id}`, geometry: { type: "LineString", coordinates }, properties: { phase } }];
  });
}

export const assignmentLayer: LayerDefinition = {
  name: "assignments",
  styleLayers: ["assignment-moving", "assignment-scene", "assignment-returning"],
  add(map, palette) {
    map.addSource("assignments", emptySource());
    const draw = (phase: string, color: string, dash?: number[]): void => {
      map.addLayer({
        id: `assignment-${phase}`, type: "line", source: "assignments", filter: ["==", ["get", "phase"], phase],
        layout: { "line-cap": "round" },
        paint: { "line-color": color, "line-width": 1.6, ...(dash && { "line-dasharray": dash }) },
      });
    };
    draw("moving", palette.unit.moving, [3, 2.5]);
    draw("scene", palette.unit.scene);
    draw("returning", palette.unit.unavailable, [1, 2.5]);
    const sync = new SourceSync(map, "assignments");
    return { update: (scene) => sync.show(lines(scene)) };
  },
};
