/** What lies around a place in this machine's copy, and what the form of an entry sends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FacilityRecord, MapFacility } from "../src/api/types";
import { stockOf, toFacilityDraft, toFacilityForm } from "../src/admin/facilityForm";
import { facilityCharacter, facilityLook } from "../src/map/facilitySymbol";
import { facilityLines, stockText } from "../src/map/facilityWords";
import { lookAround } from "../src/panels/facility/around";

const HERE = { lon: 116.33, lat: 39.745 };
const METRE = 1 / 111_195;

function facility(name: string, metres: number, change: Partial<MapFacility> = {}): MapFacility {
  const place = { lon: HERE.lon, lat: HERE.lat + metres * METRE };
  return { id: name, name, code: "22A11", kind_name: "加油站", group: "hazard_source", home_site: "hub", ...place, ...change };
}

test("without a server the copy still says what is near, on what site it lies, and which hazards are open", () => {
  const found = lookAround(HERE, [
    facility("far", 1100), facility("site", 150, { code: "31M00", group: "key_target", extent_m: 100 }),
    facility("open", 900, { major_hazard: true, hazard_state: "rectifying" }),
    facility("struck off", 20, { major_hazard: true, hazard_state: "closed" }), facility("road", 30, { road_width_m: 3.2 }),
  ]);
  assert.deepEqual(found.items.map((one) => one.name), ["struck off", "road", "site", "open"]);
  assert.deepEqual([found.sites, found.majorHazards].map((list) => list.map((one) => one.name)), [["site"], ["open"]]);
  assert.equal(found.road?.road_width_m, 3.2);
});

test("an open major hazard looks like nothing else, one that was struck off like any other", () => {
  const open = facility("a", 0, { major_hazard: true, hazard_state: "registered" });
  assert.deepEqual([facilityLook(open), facilityCharacter(open)], ["hazard", "隐"]);
  const closed = facility("b", 0, { major_hazard: true, hazard_state: "closed" });
  assert.deepEqual([facilityLook(closed), facilityCharacter(closed)], ["plain", "源"]);
  assert.equal(facilityCharacter(facility("c", 0, { code: "31M00", group: "key_target" })), "建");
});

test("a stock is read as it is spoken, and an amount that nobody knows is not made up", () => {
  const stock = stockOf("氢气 4.8 吨；柴油20立方米;天然气");
  assert.deepEqual(stock, [
    { substance: "氢气", amount: 4.8, unit: "吨" }, { substance: "柴油", amount: 20, unit: "立方米" },
    { substance: "天然气", amount: null, unit: null },
  ]);
  assert.equal(stockText(stock), "氢气 4.8 吨、柴油 20 立方米、天然气 数量不详");
  assert.equal(facilityLines(facility("d", 0, { stock }))[1], "储存 氢气 4.8 吨、柴油 20 立方米、天然气 数量不详");
});

test("the form gives back what it was given, and nothing while the place cannot be read", () => {
  const record = {
    ...facility("e", 0), subtype: null, stock: stockOf("汽油 60 立方米"), major_hazard: true, hazard_state: "rectifying", contact_name: "示例站长",
    contact_phone: "13800002001", road_width_m: 3.2, capacity: 0, version: 4,
  } as unknown as FacilityRecord;
  const draft = toFacilityDraft(toFacilityForm(record));
  for (const name of ["code", "subtype", "name", "lon", "stock", "major_hazard", "hazard_state", "contact_phone", "road_width_m", "capacity"] as const)
    assert.deepEqual(draft?.[name], record[name], name);
  assert.equal(draft?.note, null);
  assert.equal(toFacilityDraft({ ...toFacilityForm(record), point: "不知道" }), null);
});
