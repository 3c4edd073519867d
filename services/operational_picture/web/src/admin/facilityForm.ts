/** The form of one entry of the register: words as typed, and what is sent of them. */
import type { FacilityDraft, FacilityRecord, FacilityStock } from "@/api/types";
import { tidyPhone } from "@/forms/phones";
import { parseCoordinates } from "@/forms/coordinates";

export interface FacilityForm {
  kind: string;
  subtype: string;
  name: string;
  point: string;
  crs: string;
  text: string;
  township: string;
  organisation: string;
  contact_name: string;
  contact_phone: string;
  stock: string;
  hazard: string;
  road_width_m: string;
  extent_m: string;
  capacity: string;
  occupied: string;
  plan_reference: string;
  cordon_radius_m: string;
  cordon_basis: string;
  note: string;
}

const LINE = /^(.*?[^0-9. ]) *[:\uff1a]? *([0-9]+(?:\.[0-9]+)?) *([^0-9 ]*)$/;
const word = (value: string | number | null | undefined): string => (value === null || value === undefined ? "" : String(value));
const stockWord = ({ substance, amount, unit }: FacilityStock): string => [substance, word(amount), unit ?? ""].filter(Boolean).join(" ");

/** 「氢气 4.8 吨;柴油」: what has no amount is kept without one. */
export function stockOf(text: string): FacilityStock[] {
  return text.split(/[;；、\n]/).map((part) => part.trim()).filter(Boolean).map((part) => {
    const found = LINE.exec(part);
    return found ? { substance: found[1]!.trim(), amount: Number(found[2]), unit: found[3] || null } : { substance: part, amount: null, unit: null };
  });
}

export const toFacilityForm = (one: FacilityRecord | null): FacilityForm => ({
  kind: one ? `${one.code}+${one.subtype ?? ""}` : "", subtype: one?.subtype ?? "", name: one?.name ?? "", point: one ? `${one.lon},${one.lat}` : "", crs: "wgs84",
  text: word(one?.text), township: word(one?.township), organisation: word(one?.organisation), contact_name: word(one?.contact_name),
  contact_phone: word(one?.contact_phone), stock: (one?.stock ?? []).map(stockWord).join(";"),
  hazard: one?.major_hazard ? one.hazard_state ?? "registered" : "", road_width_m: word(one?.road_width_m), extent_m: word(one?.extent_m),
  capacity: word(one?.capacity), occupied: word(one?.occupied), plan_reference: word(one?.plan_reference),
  cordon_radius_m: word(one?.cordon_radius_m), cordon_basis: word(one?.cordon_basis), note: word(one?.note),
});

const text = (value: string): string | null => value.trim() || null;
const number = (value: string): number | null => (value.trim() ? Number(value) : null);

/** Null while the place cannot be read. */
export function toFacilityDraft(form: FacilityForm): FacilityDraft | null {
  const point = parseCoordinates(form.point);
  if (!point) return null;
  const [code = ""] = form.kind.split("+");
  return {
    code, subtype: text(form.subtype), name: form.name.trim(), lon: point.lon, lat: point.lat, crs: form.crs,
    text: text(form.text), township: text(form.township), organisation: text(form.organisation),
    contact_name: text(form.contact_name), contact_phone: text(tidyPhone(form.contact_phone)), stock: stockOf(form.stock),
    major_hazard: form.hazard !== "", hazard_state: (form.hazard || null) as FacilityDraft["hazard_state"] & string | null,
    road_width_m: number(form.road_width_m), extent_m: number(form.extent_m), capacity: number(form.capacity), occupied: number(form.occupied),
    plan_reference: text(form.plan_reference), cordon_radius_m: number(form.cordon_radius_m), cordon_basis: text(form.cordon_basis),
    note: text(form.note),
  };
}
