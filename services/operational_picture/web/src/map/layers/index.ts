/** All layers from the ground up. */
import type { LayerDefinition } from "../layer";
import { assignmentLayer } from "./assignments";
import { baseLayer, namesLayer } from "./base";
import { callLayer } from "./calls";
import { drawingLayer } from "./drawing";
import { facilityLayers } from "./facilities";
import { incidentLayer } from "./incidents";
import { markLayer } from "./marks";
import { postLayer } from "./posts";
import { selectionLayer } from "./selection";
import { territoryLayer, territoryNoteLayer } from "./territories";
import { unitLayer } from "./units";
import { warningLayer } from "./warnings";

export const LAYERS: readonly LayerDefinition[] = [
  baseLayer, territoryLayer, warningLayer, namesLayer, markLayer, callLayer, ...facilityLayers, assignmentLayer, unitLayer,
  selectionLayer, incidentLayer,
  // Above the incidents, whose names then look for another side: what lies higher is placed first.
  territoryNoteLayer,
  postLayer,
  drawingLayer,
];
