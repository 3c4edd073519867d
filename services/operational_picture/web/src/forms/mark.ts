/** What the form of marks holds, what it lacks, and what is sent; no screen and no server here. */
import type { LonLat, Mark, MarkChange, MarkDraft, MarkKind, MarkParams, Wind } from "@/api/types";
import { label } from "@/i18n";
import { momentText } from "@/i18n/time";
import { circle, sector } from "@/map/circle";
import type { DrawShape } from "@/stores/view";
import { directionName } from "./bearing";
import { fromField, toField } from "./fieldTime";

export interface MarkForm {
  kind: MarkKind;
  /** A cordon along streets instead of round a centre; other kinds may be an area, a line or a point too. */
  shape: DrawShape;
  label: string;
  radius: string;
  spread: string;
  windId: string;
  capacity: string;
  contactName: string;
  contactPhone: string;
  basis: string;
  validUntil: string;
}

/** The first is what is usual. */
export const SHAPES: Readonly<Record<MarkKind, readonly DrawShape[]>> = {
  cordon: ["point", "area"], wind_sector: ["point"], closed_road: ["point", "line"], evacuation_route: ["line"], assembly_point: ["point"],
  settlement_point: ["point"], hazard_note: ["point", "area"], free: ["point", "line", "area"],
};
const ROUND: ReadonlySet<MarkKind> = new Set(["cordon", "wind_sector", "hazard_note"]);
const FEWEST: Readonly<Record<DrawShape, number>> = { point: 1, line: 2, area: 3 };
export const isRound = (form: Pick<MarkForm, "kind" | "shape">): boolean => form.shape === "point" && ROUND.has(form.kind);
/** A radius or an area that keeps people out is somebody's word. */
export const needsBasis = (form: MarkForm): boolean =>
  form.kind === "cordon" || form.kind === "wind_sector" || (isRound(form) && form.radius.trim() !== "");

export const blankMark = (kind: MarkKind): MarkForm => ({
  kind, shape: SHAPES[kind][0]!, label: "", radius: "", spread: "", windId: "", capacity: "", contactName: "", contactPhone: "", basis: "", validUntil: "",
});

const text = (value: number | null): string => (value === null ? "" : String(value));
export function fromMark(mark: Mark & { geometry: GeoJSON.Geometry | null; contact?: { phone: string | null } }): { form: MarkForm; corners: LonLat[] } {
  const { params, geometry } = mark;
  const centre = params.lon !== null && params.lat !== null ? { lon: params.lon, lat: params.lat } : null;
  const shape: DrawShape = centre || geometry?.type === "Point" ? "point" : geometry?.type === "LineString" ? "line" : "area";
  const form: MarkForm = {
    kind: mark.kind, shape, label: mark.label === label("mark_kind", mark.kind) ? "" : mark.label, radius: text(params.radius_m), spread: text(params.spread_deg),
    windId: params.wind_id ?? "", capacity: text(params.capacity), contactName: params.contact_name ?? "", contactPhone: mark.contact?.phone ?? "",
    basis: mark.basis ?? "", validUntil: mark.valid_until ? toField(mark.valid_until) : "",
  };
  return { form, corners: centre ? [centre] : cornersOf(geometry) };
}

function cornersOf(geometry: GeoJSON.Geometry | null): LonLat[] {
  const point = ([lon, lat]: GeoJSON.Position): LonLat => ({ lon: lon!, lat: lat! });
  if (geometry?.type === "Point") return [point(geometry.coordinates)];
  if (geometry?.type === "LineString") return geometry.coordinates.map(point);
  return geometry?.type === "Polygon" ? (geometry.coordinates[0] ?? []).slice(0, -1).map(point) : [];
}

const figure = (typed: string): number | null => {
  const value = Number(typed.normalize("NFKC").replace(/[,，\s米度人]/g, "") || NaN);
  return Number.isFinite(value) && value > 0 ? value : null;
};

/** What stands between this form and the map, in words. */
export function lacking(form: MarkForm, corners: readonly LonLat[], winds: readonly Wind[]): string[] {
  const gaps: string[] = [];
  if (corners.length < FEWEST[form.shape]) gaps.push(form.shape === "point" ? "位置" : form.shape === "line" ? "至少两个点" : "至少三个角");
  const mustBeRound = form.kind === "cordon" || form.kind === "wind_sector";
  if (isRound(form) && (mustBeRound || form.radius.trim()) && figure(form.radius) === null) gaps.push("半径(米)");
  if (form.kind === "wind_sector") {
    if (figure(form.spread) === null) gaps.push("扇区张角(度)");
    if (windOf(form, winds)?.from_deg == null) gaps.push("风向");
  }
  if (needsBasis(form) && !form.basis.trim()) gaps.push("依据");
  return gaps;
}

const windOf = (form: MarkForm, winds: readonly Wind[]): Wind | undefined => winds.find((one) => one.id === form.windId);

/** The circle or sector that would be drawn. */
export function previewOf(form: MarkForm, corners: readonly LonLat[], winds: readonly Wind[]): GeoJSON.Geometry | null {
  const [centre] = corners;
  const radius = figure(form.radius);
  if (!isRound(form) || !centre || radius === null) return null;
  if (form.kind !== "wind_sector") return circle(centre, radius);
  const [from, spread] = [windOf(form, winds)?.from_deg, figure(form.spread)];
  return from == null || spread === null ? null : sector(centre, radius, from + 180, spread);
}

function geometryOf({ shape }: MarkForm, corners: readonly LonLat[]): GeoJSON.Geometry {
  const positions = corners.map(({ lon, lat }): GeoJSON.Position => [lon, lat]);
  if (shape === "point") return { type: "Point", coordinates: positions[0]! };
  return shape === "line" ? { type: "LineString", coordinates: positions } : { type: "Polygon", coordinates: [[...positions, positions[0]!]] };
}

export function toDraft(form: MarkForm, corners: readonly LonLat[], incidentId: string | null): MarkDraft {
  const [radius, spread, capacity, until] = [figure(form.radius), figure(form.spread), figure(form.capacity), fromField(form.validUntil)];
  const contact = { ...(form.contactName.trim() && { name: form.contactName.trim() }), ...(form.contactPhone.trim() && { phone: form.contactPhone.trim() }) };
  return {
    kind: form.kind, geometry: geometryOf(form, corners), ...(incidentId && { incident_id: incidentId }), ...(form.label.trim() && { label: form.label.trim() }),
    ...(isRound(form) && radius !== null && { radius_m: radius }),
    ...(form.kind === "wind_sector" && { ...(spread !== null && { spread_deg: spread }), wind_id: form.windId }),
    ...(form.kind === "settlement_point" && { ...(capacity !== null && { capacity }), contact }),
    ...(needsBasis(form) && form.basis.trim() && { basis: form.basis.trim() }), ...(until && { valid_until: until }),
  };
}

export function toMarkChange(form: MarkForm, corners: readonly LonLat[], before: Mark): MarkChange {
  const { kind: _kind, ...draft } = toDraft(form, corners, null);
  const { wind_id: wind, ...rest } = draft;
  return {
    ...rest, version: before.version, valid_until: draft.valid_until ?? null, label: form.label.trim() || label("mark_kind", form.kind),
    ...(wind && wind !== before.params.wind_id && { wind_id: wind }),
  };
}

export const windWords = ({ wind_from_deg: from, wind_force: force, wind_ms: speed }: MarkParams): string =>
  from === null ? "" : [`${directionName(from)}风`, force === null ? "" : `${force} 级`, speed === null ? "" : `${speed} 米/秒`].filter(Boolean).join(" ");

type Shown = Pick<Mark, "label" | "params" | "basis" | "valid_until"> & { mark_kind: MarkKind };

/** What stands beside it on the map. */
export function markWords({ label: name, params, mark_kind: kind }: Shown): string {
  if (kind === "wind_sector") return [name, windWords(params)].filter(Boolean).join(" · ");
  if (params.radius_m !== null) return `${name} ${params.radius_m} 米`;
  return params.capacity === null ? name : `${name}(可容 ${params.capacity} 人)`;
}

/** What is known of it, piece by piece. */
export function markFacts({ params, basis, valid_until: until }: Omit<Shown, "label">, now: number): string[] {
  return [
    params.radius_m === null ? "" : `半径 ${params.radius_m} 米`,
    params.spread_deg === null ? "" : `张角 ${params.spread_deg}°`,
    windWords(params),
    params.capacity === null ? "" : `可容 ${params.capacity} 人`,
    basis ? `依据:${basis}` : "",
    until ? `${Date.parse(until) < now ? "已过有效期" : "有效至"} ${momentText(until, now)}` : "",
  ].filter(Boolean);
}
