/** What comes next for an incident's reports, and what a form sends, keeps and names when somebody else was quicker. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Report } from "../src/api/types";
import { dueKind, nextOf, underWay, whoReports } from "../src/panels/report/flow";
import { changedFields, conflictsOf, rebasedForm, toFields, toForm } from "../src/reports/form";

const STEPS = { draft: ["submit", "phone"], review: ["return", "sign", "phone"], signed: ["send", "phone"], sent: ["receipt"], receipted: [] };

function report(kind: Report["kind"], state: keyof typeof STEPS, change: Partial<Report> = {}): Report {
  const out = state === "sent" || state === "receipted";
  return {
    id: `${kind}-${state}`, kind, state, serial: 1, revision: 1, version: 1, phone: null, sent_at: out ? "2026-11-23T00:00:00Z" : null,
    superseded_by: null, allowed: STEPS[state], fields: {}, gaps: [], changes: [], newer: [], history: [], ...change,
  } as unknown as Report;
}

test("an incident without a report needs the first one, also when it is closed", () => {
  assert.equal(dueKind([], "reported"), "initial");
  assert.equal(dueKind([], "closed"), "initial");
  assert.equal(dueKind([], "merged"), null);
});

test("a follow-up waits for a first report that is out, by telephone or on paper, and for the one before it", () => {
  assert.equal(dueKind([report("initial", "signed")], "active"), null);
  const phone = { at: "2026-11-23T00:00:00Z", to: "市局", by_name: null };
  assert.equal(dueKind([report("initial", "draft", { phone })], "active"), "follow_up");
  const out = report("initial", "sent");
  assert.equal(dueKind([report("follow_up", "review"), out], "active"), null);
  assert.equal(dueKind([report("follow_up", "sent"), out], "active"), "follow_up");
});

test("a closed incident needs the final report, once", () => {
  assert.equal(dueKind([report("initial", "receipted")], "closed"), "final");
  assert.equal(dueKind([report("final", "draft"), report("initial", "receipted")], "closed"), null);
});

test("what the former home has told need not be told again, and who reports is said", () => {
  assert.equal(dueKind([], "active", ["initial"]), "follow_up");
  assert.equal(dueKind([report("follow_up", "draft")], "active", ["initial"]), null);
  assert.equal(dueKind([], "closed", ["initial", "final"]), null);
  const given = { site_name: "礼贤镇", is_here: false, was_here: true };
  assert.match(whoReports({ reporter: given, isCentre: false, home: "礼贤镇" }), /^已移交 礼贤镇,由其报告/);
  const centre = { site_name: "区指挥中心", is_here: true, was_here: true };
  assert.match(whoReports({ reporter: centre, isCentre: true, home: "榆垡镇" }), /已移交 榆垡镇.*区报市由本中心报告/);
  assert.equal(whoReports({ reporter: centre, isCentre: true, home: null }), "");
});

test("each state has one step, and a version that was replaced has none", () => {
  const acts = (["draft", "review", "signed", "sent", "receipted"] as const).map((state) => nextOf(report("initial", state))?.act ?? null);
  assert.deepEqual(acts, ["submit", "sign", "send", "receipt", null]);
  const old = report("final", "sent", { superseded_by: "x", allowed: [] });
  assert.equal(nextOf(old), null);
  assert.deepEqual(underWay([old, report("initial", "receipted"), report("special", "draft")]), []);
});

test("only what changed is sent: figures as numbers in any width, empty as not known, nonsense as it was typed", () => {
  const base = toForm({ dead: 1, place: "示例村", trend: "火势受控" });
  const form = { ...base, dead: "１２", place: "示例村 ", trend: "", missing: "三" };
  assert.deepEqual(toFields(base, form), { dead: 12, trend: null, missing: "三" });
  assert.deepEqual(changedFields(base, { ...base }), []);
});

test("what somebody else changed is taken over where nothing was typed, and named where something was", () => {
  const base = toForm({ trend: "", impact: "", dead: 1 });
  const theirs = toForm({ trend: "受控", impact: "80 平方米", dead: 1 });
  const mine = { ...base, trend: "可能复燃", dead: "2" };
  assert.deepEqual(conflictsOf(base, theirs, mine).map((one) => [one.field, one.theirs, one.mine]), [
    ["impact", "80 平方米", null], ["trend", "受控", "可能复燃"],
  ]);
  const after = rebasedForm(base, theirs, mine);
  assert.deepEqual([after.trend, after.impact, after.dead], ["可能复燃", "80 平方米", "2"]);
});
