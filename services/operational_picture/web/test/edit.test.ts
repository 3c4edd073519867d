/** Two people edit one incident: what the second one is shown, what is kept, and what is sent on top of the first. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Incident } from "../src/api/types";
import { conflicts, rebased, toChange, toFields, type EditFields } from "../src/panels/incident/edit";
import { meanwhileSteps, stepText } from "../src/panels/incident/meanwhile";

const UNKNOWN = { dead: null, missing: null, serious: null, injured: null, trapped: null };
const shown = (key: keyof EditFields, fields: EditFields): string => JSON.stringify(fields[key]);

function fields(change: Partial<Incident> = {}): EditFields {
  return toFields({
    type_code: "12G03", title: "起火", location: { lon: null, lat: null, text: "旧宫", township: null }, occurred_at: "2026-11-23T16:00:00Z",
    casualties: UNKNOWN, source: "public", grade: null, possible_grade: null, grading: null, sensitive: false, sensitive_reasons: [],
    first_public_at: null, first_public_where: null, description: "浓烟", ...change,
  } as unknown as Incident);
}

test("what somebody else changed is named and taken over where nothing was typed, and what was typed stays", () => {
  const base = fields();
  const theirs = fields({ title: "仓库起火", description: "明火" });
  const mine = { ...base, description: "三层浓烟" };
  assert.deepEqual(conflicts(base, theirs, mine, shown).map((one) => [one.name, one.theirs, one.mine]), [
    ["标题", '"仓库起火"', null], ["情况说明", '"明火"', '"三层浓烟"'],
  ]);
  const after = rebased(base, theirs, mine);
  assert.deepEqual([after.title, after.description], ["仓库起火", "三层浓烟"]);
  assert.deepEqual(toChange(theirs, after), { description: "三层浓烟" }, "nothing of theirs is written over");
});

test("one types the dead while another types the injured: neither figure is written over", () => {
  const base = fields({ casualties: { ...UNKNOWN, missing: 1 } });
  const theirs = fields({ casualties: { ...UNKNOWN, missing: 1, injured: 5 } });
  const mine = { ...base, casualties: { ...base.casualties, dead: 2 } };
  assert.deepEqual(toChange(base, mine), { casualties: { dead: 2 } });
  const after = rebased(base, theirs, mine);
  assert.deepEqual(after.casualties, { ...UNKNOWN, missing: 1, injured: 5, dead: 2 });
  assert.deepEqual(toChange(theirs, after), { casualties: { dead: 2 } });
  assert.equal(conflicts(base, theirs, mine, shown)[0]?.mine, JSON.stringify(after.casualties), "what is shown as kept is what is sent");
});

test("a figure that two have typed stays as typed here and is shown with the other", () => {
  const base = fields();
  const theirs = fields({ casualties: { ...UNKNOWN, dead: 3 } });
  const mine = { ...base, casualties: { ...UNKNOWN, dead: 2 } };
  const [one] = conflicts(base, theirs, mine, (key, given) => String(key === "casualties" && given.casualties.dead));
  assert.deepEqual([one?.theirs, one?.mine], ["3", "2"]);
  assert.deepEqual(toChange(theirs, rebased(base, theirs, mine)), { casualties: { dead: 2 } });
});

test("each step of somebody else is told with its time, its name and the fields in the words of the page, never a code", () => {
  const NOW = Date.parse("2026-11-25T00:00:00Z");
  const step = { version: 4, at: "2026-11-23T19:12:00Z", actor_name: "李值班", fact: "updated", changed: ["title", "casualties.dead", "location.lon", "location.lat", "location.source_crs", "caller"] };
  assert.equal(stepText(step, NOW), "11-24 03:12 李值班:标题、死亡、坐标、报告人");
  assert.match(stepText({ ...step, actor_name: null, changed: ["grade"] }, NOW), /系统自动:等级$/);
  assert.match(stepText({ ...step, fact: "closed", changed: ["status", "closed_at"] }, NOW), /李值班:结束了处置$/);
  assert.match(stepText({ ...step, changed: ["something_new"] }, NOW), /李值班:其他$/);
  assert.deepEqual(meanwhileSteps(undefined), [], "an older server tells none");
});
