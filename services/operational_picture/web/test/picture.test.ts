import assert from "node:assert/strict";
import { test } from "node:test";
import { ageText, durationText, momentText } from "@/i18n/time";
import { incidentClass } from "@/map/classes";
import { notePlace } from "@/map/notePlace";
import { toUnit } from "@/stores/records";
import { deriveTerritories } from "@/stores/territories";
import { Problem, asProblem } from "@/api/problem";
import type { PictureFeature, SiteInfo, Township } from "@/api/types";

const AT = "2026-11-23T03:00:00Z";
const YUFA: Township = { code: "110115107", name: "榆垡镇", token: "yufa", lon: 116.3, lat: 39.52 };
const site = (state: SiteInfo["state"]): SiteInfo => ({ site: "yufa", name: "榆垡镇", state, since: AT, last_fact_at: AT });

test("a township without a station of its own is never called online", () => {
  assert.equal(deriveTerritories([YUFA], [], new Map())[0]?.state, "unassigned");
  assert.equal(deriveTerritories([YUFA], [{ ...site("connected"), site: "hub" }], new Map())[0]?.state, "unassigned");
});

test("a cut station makes its township cut, with the time of its last report", () => {
  const [territory] = deriveTerritories([YUFA], [site("disconnected")], new Map());
  assert.deepEqual([territory?.state, territory?.last_fact_at], ["disconnected", AT]);
});

test("a unit stands where its newest position is, whichever way that came", () => {
  const properties = { kind: "unit", home_site: "hub", version: 1, occurred_at: AT, as_of: AT, stale: false, seq: 1, name: "甲队", lon: 116.1, lat: 39.6, position_at: AT };
  const shelf = new Map([["unit:u", { type: "Feature", id: "unit:u", geometry: null, properties } as PictureFeature]]);
  const seen = (at: string): ReturnType<typeof toUnit> => toUnit(shelf, new Map([["u", { id: "u", kind: "unit", lon: 116.9, lat: 39.6, at, site: "hub", stale: false }]]));
  assert.equal(seen("2026-11-23T03:00:01Z")[0]?.lon, 116.9);
  assert.equal(seen("2026-11-23T02:59:59Z")[0]?.lon, 116.1);
});

test("every code has a symbol class; the narrower code wins", () => {
  assert.equal(incidentClass("12P13"), "collapse");
  assert.equal(incidentClass("12P08"), "other");
  assert.equal(incidentClass("12D03"), "fire");
  assert.equal(incidentClass("12D02"), "hazmat");
  assert.equal(incidentClass(null), "other");
});

test("the note of a cut township keeps away from the incident in its middle", () => {
  const square: GeoJSON.Polygon = { type: "Polygon", coordinates: [[[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]] };
  assert.deepEqual(notePlace(square, [2, 2], []), [2, 2]);
  assert.notDeepEqual(notePlace(square, [2, 2], [[2, 2]]), [2, 2]);
  const lozenge = { type: "Polygon" as const, coordinates: [[[0, 2], [4, 0], [8, 2], [4, 4], [0, 2]]] };
  assert.equal(notePlace(lozenge, [4, 2], [[4, 2]])[0], 4, "above or beneath a name, not beside it in the same line");
});

test("times are read in Beijing, and a clock that runs ahead never shows a negative age", () => {
  const now = Date.parse("2026-11-22T16:30:00Z");
  assert.equal(momentText("2026-11-22T16:05:00Z", now), "00:05");
  assert.equal(momentText("2026-11-22T15:59:00Z", now), "11-22 23:59");
  assert.equal(ageText("2026-11-22T16:31:00Z", now), "刚刚");
  assert.equal(durationText(-492), "08:12");
  assert.equal(durationText(4092), "1:08:12");
});

test("whatever is thrown reaches the screen as a Chinese sentence", () => {
  assert.match(asProblem(new TypeError("x is undefined")).detail, /请刷新页面/);
  assert.match(Problem.of("link.none").detail, /没有送达/);
  assert.equal(Problem.of("link.none").retryable, true);
  assert.equal(new Problem({ code: "incident.changed", detail: "已被他人修改。" }, 409).retryable, false);
});
