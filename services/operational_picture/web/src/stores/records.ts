/** Features → the records that panels read: the flat state plus freshness, in the order lists show them. */
import type {
  FeatureMeta, Freshness, PictureActivation, PictureAssignment, PictureCall, PictureCheck, PictureConflict, PictureEvacuation, PictureFeature,
  PictureIncident, PictureMark, PictureNotification, PictureOrder, PicturePost, PictureRequest, PictureShift, PictureUnit, PictureWarning, PictureWind, Position,
} from "@/api/types";

/** Made once: localeCompare would build a collator for each of some thousand comparisons a second. */
const BY_NAME = new Intl.Collator("zh-CN");
export type Shelf = ReadonlyMap<string, PictureFeature>;

const freshness = ({ geometry, properties }: PictureFeature): Freshness => ({
  as_of: properties.as_of, stale: properties.stale, seq: properties.seq, geometry,
});

function flatten<T extends object>(feature: PictureFeature): T & FeatureMeta & Freshness {
  const id = feature.id.slice(feature.id.indexOf(":") + 1);
  return { id, ...feature.properties, ...freshness(feature) } as unknown as T & FeatureMeta & Freshness;
}

const records = <T extends object>(shelf: Shelf): T[] => Array.from(shelf.values(), (feature) => flatten<T>(feature));
const newest = <T>(key: (record: T) => string | null | undefined) => (a: T, b: T): number =>
  (key(b) ?? "").localeCompare(key(a) ?? "");

export const toIncident = (shelf: Shelf): PictureIncident[] =>
  records<PictureIncident>(shelf).sort(newest((one) => one.received_at ?? one.occurred_at));
export const toWarning = (shelf: Shelf): PictureWarning[] => records<PictureWarning>(shelf).sort(newest((one) => one.sent));
export const toAssignment = (shelf: Shelf): PictureAssignment[] =>
  records<PictureAssignment>(shelf).sort(newest((one) => one.ordered_at));
export const toNotification = (shelf: Shelf): PictureNotification[] =>
  records<PictureNotification>(shelf).sort(newest((one) => one.created_at));
export const toRequest = (shelf: Shelf): PictureRequest[] =>
  records<PictureRequest>(shelf).sort(newest((one) => one.requested_at));
export const toConflict = (shelf: Shelf): PictureConflict[] =>
  records<PictureConflict>(shelf).sort(newest((one) => one.found_at));
export const toCheck = (shelf: Shelf): PictureCheck[] => records<PictureCheck>(shelf).sort(newest((one) => one.opened_at));
export const toCall = (shelf: Shelf): PictureCall[] => records<PictureCall>(shelf).sort(newest((one) => one.received_at));
export const toMark = (shelf: Shelf): PictureMark[] => records<PictureMark>(shelf).sort(newest((one) => one.drawn_at));
export const toWind = (shelf: Shelf): PictureWind[] => records<PictureWind>(shelf).sort(newest((one) => one.at));
export const toEvacuation = (shelf: Shelf): PictureEvacuation[] => records<PictureEvacuation>(shelf).sort(newest((one) => one.ordered_at));
export const toPost = (shelf: Shelf): PicturePost[] => records<PicturePost>(shelf).sort(newest((one) => one.set_up_at));
export const toOrder = (shelf: Shelf): PictureOrder[] => records<PictureOrder>(shelf).sort(newest((one) => one.issued_at));
/** The gravest first. */
export const toActivation = (shelf: Shelf): PictureActivation[] =>
  records<PictureActivation>(shelf).sort((a, b) => a.level.localeCompare(b.level) || a.started_at.localeCompare(b.started_at));
export const toShift = (shelf: Shelf): PictureShift[] =>
  records<PictureShift>(shelf).sort((a, b) => a.starts_at.localeCompare(b.starts_at));

/** A unit's place is the newer of its record and its last position report. */
export function toUnit(shelf: Shelf, positions: ReadonlyMap<string, Position>): PictureUnit[] {
  const units = records<PictureUnit>(shelf).map((unit) => {
    const seen = positions.get(unit.id) ?? positions.get(`unit:${unit.id}`);
    if (!seen || (unit.position_at && Date.parse(unit.position_at) >= Date.parse(seen.at))) return unit;
    return { ...unit, lon: seen.lon, lat: seen.lat, position_at: seen.at };
  });
  return units.sort((a, b) => BY_NAME.compare(a.name, b.name));
}
