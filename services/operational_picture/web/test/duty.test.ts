/** What the tab of duty says: no rate while anybody may still answer, and a shift that ends on the next day. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { spanOfDays } from "../src/i18n/time";
import { rateText, standText } from "../src/panels/duty/rate";

const figures = { called: 5, answered: 1, stand_in: 1, late: 0, missed: 0, waiting: 3, rate: 1 };

test("a roll call that is under way says how many have answered, and has no rate", () => {
  assert.equal(rateText(figures), "点名进行中,已应答 2/5");
  assert.equal(standText(figures), "进行中,已应答 2/5");
});

test("one that is over has its rate", () => {
  const over = { ...figures, late: 1, missed: 2, waiting: 0, rate: 0.4 };
  assert.equal(rateText(over), "本班点名率 40%");
  assert.equal(standText(over), "3/5 · 40%");
});

test("the end of a shift on the next day is named as such, also when that day has come", () => {
  const now = Date.parse("2026-11-24T00:20:00+08:00");
  assert.equal(spanOfDays("2026-11-23T08:00:00+08:00", "2026-11-24T08:00:00+08:00", now), "11-23 08:00–次日 08:00");
  assert.equal(spanOfDays("2026-11-24T08:00:00+08:00", "2026-11-24T20:00:00+08:00", now), "08:00–20:00");
});
