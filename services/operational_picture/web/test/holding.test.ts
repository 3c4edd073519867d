import assert from "node:assert/strict";
import { test } from "node:test";
import type { Picture, PictureFeature, PictureFrame } from "@/api/types";
import { Holding } from "@/live/worker/holding";

const AT = "2026-11-23T03:00:00Z";

function feature(id: string, version: number, seq: number, extra: Record<string, unknown> = {}): PictureFeature {
  const kind = id.slice(0, id.indexOf(":")) as "incident";
  const properties = { kind, home_site: "hub", version, occurred_at: AT, as_of: AT, stale: false, seq, ...extra };
  return { type: "Feature", id, geometry: null, properties };
}
const picture = (seq: number, features: PictureFeature[], epoch = "a"): Picture =>
  ({ epoch, seq, as_of: AT, site: "hub", exercise: false, sites: [], features, positions: [] });
const frame = (seq: number, features: PictureFeature[], removed: string[] = [], positions: PictureFrame["positions"] = []): PictureFrame =>
  ({ epoch: "a", seq, as_of: AT, features, removed, positions });
const position = (at: string, lon: number): PictureFrame["positions"][number] => ({ id: "u", kind: "unit", lon, lat: 39.7, at, site: "hub", stale: false });

test("an older version never replaces a newer one, however late it comes", () => {
  const held = new Holding();
  held.replace(picture(5, [feature("incident:1", 3, 5)]));
  const merged = held.merge(frame(6, [feature("incident:1", 2, 6)]));
  assert.deepEqual(merged.changed, []);
  assert.equal(held.features.get("incident:1")?.properties.version, 3);
});

test("the same version told again with a later sequence is news: only its age may have changed", () => {
  const held = new Holding();
  held.replace(picture(5, [feature("incident:1", 3, 5)]));
  held.merge(frame(6, [feature("incident:1", 3, 6, { stale: true })]));
  assert.equal(held.features.get("incident:1")?.properties.stale, true);
});

test("duplicates and reordering of frames end in the same picture", () => {
  const frames = [
    frame(6, [feature("incident:1", 2, 6), feature("unit:1", 1, 6)]),
    frame(7, [feature("incident:1", 3, 7)]),
    frame(8, [feature("unit:1", 2, 8)]),
  ];
  const inOrder = new Holding();
  const shuffled = new Holding();
  for (const held of [inOrder, shuffled]) held.replace(picture(5, [feature("incident:1", 1, 5)]));
  frames.forEach((one) => inOrder.merge(one));
  [frames[2]!, frames[1]!, frames[1]!, frames[0]!, frames[2]!].forEach((one) => shuffled.merge(one));
  assert.deepEqual(new Map([...shuffled.features].sort()), new Map([...inOrder.features].sort()));
  assert.equal(shuffled.cursor, "a:8");
});

test("a removed feature is told once and forgotten", () => {
  const held = new Holding();
  held.replace(picture(5, [feature("incident:1", 1, 5)]));
  assert.deepEqual(held.merge(frame(6, [], ["incident:1"])).removed, ["incident:1"]);
  assert.deepEqual(held.merge(frame(7, [], ["incident:1"])).removed, []);
});

test("a position report older than the known one is ignored", () => {
  const held = new Holding();
  held.replace(picture(5, []));
  held.merge(frame(6, [], [], [position("2026-11-23T03:00:10Z", 116.5)]));
  const merged = held.merge(frame(7, [], [], [position("2026-11-23T03:00:05Z", 116.1)]));
  assert.deepEqual(merged.positions, []);
  assert.equal(held.positions.get("u")?.lon, 116.5);
});

test("news of an incident, a call or an order is urgent; a unit is not", () => {
  const held = new Holding();
  held.replace(picture(5, [feature("incident:1", 1, 5)]));
  assert.equal(held.merge(frame(6, [feature("unit:1", 1, 6)])).urgent, false);
  assert.equal(held.merge(frame(7, [feature("incident:1", 2, 7)])).urgent, true);
  assert.equal(held.merge(frame(7, [feature("incident:1", 1, 8)])).urgent, false, "old news is none");
  assert.equal(held.merge(frame(7, [feature("assignment:1", 1, 7)])).urgent, true);
  assert.equal(held.merge(frame(8, [feature("incident:2", 1, 8)])).urgent, true);
  assert.equal(held.merge(frame(9, [feature("notification:1", 1, 9)])).urgent, true);
});

test("a snapshot of a replica that lags is recognised, one of another epoch is not called older", () => {
  const held = new Holding();
  held.replace(picture(9, []));
  assert.equal(held.isOlder(picture(8, [])), true);
  assert.equal(held.isOlder(picture(2, [], "b")), false);
});
