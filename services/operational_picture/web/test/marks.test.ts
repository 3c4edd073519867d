/** What the form of marks lacks and sends, places without a mouse, and circles that lie where they should. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Mark, Wind } from "../src/api/types";
import { directionName, parsePlace } from "../src/forms/bearing";
import { blankMark, fromMark, lacking, markFacts, markWords, previewOf, toDraft, toMarkChange } from "../src/forms/mark";
import { circle, destination, sector } from "../src/map/circle";

const SCENE = { lon: 116.33, lat: 39.73 };
const WIND = { id: "w1", from_deg: 315, text: "西北风 3 级", force: 3, speed_ms: null, at: "2026-11-23T06:00:00Z", source: "on_scene" } as unknown as Wind;

function metres(a: { lon: number; lat: number }, b: { lon: number; lat: number }): number {
  const rad = Math.PI / 180;
  const half = Math.sin(((b.lat - a.lat) * rad) / 2) ** 2 + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(((b.lon - a.lon) * rad) / 2) ** 2;
  return 2 * 6_371_008.8 * Math.asin(Math.sqrt(half));
}
const point = ([lon, lat]: number[]) => ({ lon: lon!, lat: lat! });

test("every corner of a circle lies its radius away, a sector lies on the far side of the wind", () => {
  for (const corner of circle(SCENE, 200).coordinates[0]!) assert.ok(Math.abs(metres(SCENE, point(corner)) - 200) < 0.2);
  const arc = sector(SCENE, 200, 135, 60).coordinates[0]!.slice(1, -1).map(point);
  assert.ok(arc.every(({ lon, lat }) => lon > SCENE.lon && lat < SCENE.lat));
  assert.ok(arc.some((corner) => metres(corner, destination(SCENE, 135, 200)) < 6));
});

test("a place is typed as coordinates or as a direction and a distance from the scene", () => {
  assert.deepEqual(parsePlace("116.34,39.72", SCENE), { lon: 116.34, lat: 39.72 });
  for (const [text, bearing, far] of [["东北 300 米", 45, 300], ["正北200m", 0, 200], ["135° 1.2 公里", 135, 1200], ["西南方向500米", 225, 500], ["北东北,80", 22.5, 80]] as const) {
    assert.deepEqual(parsePlace(text, SCENE), destination(SCENE, bearing, far), text);
  }
  assert.deepEqual(parsePlace("北纬39.72 东经116.34", SCENE), { lon: 116.34, lat: 39.72 });
  for (const text of ["", "旁边", "东北", "东北 90 公里", "400° 20 米"]) assert.equal(parsePlace(text, SCENE), null, text);
  assert.equal(parsePlace("东北 300 米", null), null);
  assert.equal(directionName(350), "北");
});

test("nothing that keeps people out goes out without its radius and whose word it is", () => {
  const cordon = blankMark("cordon");
  assert.deepEqual(lacking(cordon, [], []), ["位置", "半径(米)", "依据"]);
  const area = { ...cordon, shape: "area" as const, basis: "现场测定" };
  assert.deepEqual(lacking(area, [SCENE, SCENE], []), ["至少三个角"]);
  const wide = { ...blankMark("wind_sector"), radius: "２００米", spread: "60", basis: "预案", windId: "w1" };
  assert.deepEqual(lacking(wide, [SCENE], []), ["风向"]);
  assert.deepEqual(lacking(wide, [SCENE], [WIND]), []);
  assert.deepEqual(lacking(blankMark("hazard_note"), [SCENE], []), []);
  assert.deepEqual(lacking({ ...blankMark("hazard_note"), radius: "五十" }, [SCENE], []), ["半径(米)", "依据"]);
  assert.deepEqual(toDraft(wide, [SCENE], "i1"), {
    kind: "wind_sector", geometry: { type: "Point", coordinates: [116.33, 39.73] }, incident_id: "i1", radius_m: 200, spread_deg: 60, wind_id: "w1", basis: "预案",
  });
  assert.deepEqual(previewOf(wide, [SCENE], [WIND]), sector(SCENE, 200, 495, 60));
});

test("what is changed goes out with the version it was read at, and the wind only when another is chosen", () => {
  const params = {
    ...SCENE, radius_m: 200, spread_deg: 60, wind_id: "w1", wind_from_deg: 315, wind_force: 3, wind_ms: null, wind_at: null, wind_source: null, capacity: null, contact_name: null,
  };
  const mark = { id: "m", kind: "wind_sector", label: "下风向警戒扇区", params, basis: "预案", valid_until: "2026-11-23T08:00:00Z", version: 4, geometry: circle(SCENE, 200) } as unknown as Mark & { geometry: GeoJSON.Geometry };
  const { form, corners } = fromMark(mark);
  assert.deepEqual(corners, [SCENE]);
  assert.equal(form.validUntil, "2026-11-23T16:00");
  const same = toMarkChange(form, corners, mark);
  assert.equal(same.version, 4);
  assert.equal("wind_id" in same, false);
  assert.equal(toMarkChange({ ...form, windId: "w2" }, corners, mark).wind_id, "w2");
  assert.equal(toMarkChange({ ...form, validUntil: "" }, corners, mark).valid_until, null);
  const shown = { ...mark, mark_kind: mark.kind };
  assert.equal(markWords(shown), "下风向警戒扇区 · 西北风 3 级");
  assert.ok(markFacts(shown, Date.parse("2026-11-23T09:00:00Z")).some((one) => one.startsWith("已过有效期")));
});
