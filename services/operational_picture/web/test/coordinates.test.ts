/** Coordinates as people paste them: read in any usual shape, and never guessed where they are not a pair. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCoordinates } from "@/forms/coordinates";

const DAXING = { lon: 116.341, lat: 39.729 };
const SHAPES = [
  "116.341, 39.729",
  "39.729 116.341",
  "１１６．３４１，３９．７２９",
  "116.341E 39.729N",
  "N39.729 E116.341",
  "东经116.341° 北纬39.729°",
  "lon=116.341&lat=39.729",
  "纬度：39.729　经度：116.341",
  "116°20'27.6\" 39°43'44.4\"",
  "东经116度20分27.6秒，北纬39度43分44.4秒",
  "116°20′27.6″E,39°43′44.4″N",
];
for (const shape of SHAPES) test(`read: ${shape}`, () => assert.deepEqual(parseCoordinates(shape), DAXING));

const NO_PAIR = ["", "40.5N", "116.341", "旧宫镇 12 号", "116.341E 117.2E", "116.341 139.729", "39.729 91 116", "116°75' 39°43'", "1e400,39"];
for (const text of NO_PAIR) test(`not guessed: ${text || "nothing"}`, () => assert.equal(parseCoordinates(text), null));
