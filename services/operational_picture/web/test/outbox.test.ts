/** The outbox's order and what it makes of each answer of the server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isUntouched, judge, longestWait, nextToSend, withoutTimes, type Entry } from "../src/outbox/entry";

function entry(order: number, change: Partial<Entry> = {}): Entry {
  return {
    order, key: `key-${order}`, account: "a", accountName: "张三", kind: "note", method: "POST", path: "/x", body: {}, aggregate: `incident:${order}`,
    needs: null, title: "", writtenAt: "2026-11-23T00:00:00Z", vouchedAt: null, state: "waiting", problem: null, form: null, version: null, triedAt: null, locked: false, ...change,
  };
}
const none = new Set<string>();
const problem = (status: number, code: string, pointer?: string) => ({
  status, code, detail: "", errors: pointer ? [{ pointer, code, detail: "" }] : [],
});

test("sends in the order of writing, and only what its own account wrote", () => {
  const entries = [entry(1, { account: "b" }), entry(2), entry(3)];
  assert.equal(nextToSend(entries, "a", none)?.order, 2);
  assert.equal(nextToSend(entries, "c", none), null);
});

test("nothing passes a command about the same thing that a person must decide first", () => {
  const refused = entry(1, { kind: "status", aggregate: "assignment:1", state: "refused" });
  const entries = [refused, entry(2, { kind: "status", aggregate: "assignment:1" }), entry(3)];
  assert.equal(nextToSend(entries, "a", none)?.order, 3);
  assert.equal(nextToSend(entries.slice(0, 2), "a", none), null);
});

test("a note about a report that has no id yet waits for it", () => {
  const report = entry(1, { kind: "report", aggregate: "report:key-1" });
  const note = entry(2, { aggregate: "report:key-1", needs: "key-1" });
  assert.equal(nextToSend([report, note], "a", none)?.order, 1);
  assert.equal(nextToSend([note], "a", none), null);
  const again = entry(3, { kind: "report", key: "key-1", aggregate: "report:key-1" });
  assert.equal(nextToSend([note, again], "a", none)?.order, 3);
});

test("what was decided about a call waits for the call, and for what was decided before", () => {
  const call = entry(1, { kind: "call", aggregate: "call:key-1" });
  const passedOn = entry(2, { kind: "transfer", path: "/calls/{report}/transfer", aggregate: "call:key-1", needs: "key-1" });
  assert.equal(nextToSend([call, passedOn], "a", none)?.order, 1);
  assert.equal(nextToSend([{ ...call, state: "refused" }, passedOn], "a", none), null);
  const links = [entry(1, { kind: "link", aggregate: "call:x", state: "refused" }), entry(2, { kind: "transfer", aggregate: "call:x" })];
  assert.equal(nextToSend(links, "a", none), null);
});

test("a refused note does not hold up the next note", () => {
  const refused = entry(1, { aggregate: "incident:1", state: "refused" });
  assert.equal(nextToSend([refused, entry(2, { aggregate: "incident:1" })], "a", none)?.order, 2);
});

test("a refused edit holds up the next edit, a refused line does not hold up the next line", () => {
  const edits = [entry(1, { kind: "edit", aggregate: "incident:1", state: "refused" }), entry(2, { kind: "edit", aggregate: "incident:1" })];
  assert.equal(nextToSend(edits, "a", none), null);
  const lines = [entry(1, { kind: "line", aggregate: "lines", state: "refused" }), entry(2, { kind: "line", aggregate: "lines" })];
  assert.equal(nextToSend(lines, "a", none)?.order, 2);
});

test("what cannot be read is not sent, and nothing about the same thing passes it", () => {
  const locked = entry(1, { kind: "edit", aggregate: "incident:1", locked: true });
  assert.equal(nextToSend([locked, entry(2, { kind: "edit", aggregate: "incident:1" }), entry(3)], "a", none)?.order, 3);
});

test("an order waits for minutes only, words wait for weeks", () => {
  assert.equal(longestWait("order"), 600_000);
  assert.ok(longestWait("note") > 28 * 86_400_000);
});

test("what has left once may no longer be changed", () => {
  assert.equal(isUntouched(entry(1)), true);
  assert.equal(isUntouched(entry(1, { triedAt: "2026-11-23T00:00:00Z" })), false);
  assert.equal(isUntouched(entry(1, { state: "refused" })), false);
});

test("what failed for a reason of its own does not hold up the rest", () => {
  assert.equal(nextToSend([entry(1), entry(2)], "a", new Set(["incident:1"]))?.order, 2);
});

test("only what is certainly about the command is put before a person", () => {
  const said = (status: number, code = ""): string => judge(entry(1), problem(status, code));
  for (const status of [0, 401, 429, 502, 503, 504]) assert.equal(said(status), "stop");
  assert.equal(said(403, "session.other_account"), "stop");
  assert.equal(said(500), "skip");
  for (const status of [403, 404, 409, 422]) assert.equal(said(status), "refused");
});

test("a key that the server knows with other words was carried out before", () => {
  const known = problem(422, "request.idempotency_mismatch");
  assert.equal(judge(entry(1, { kind: "status" }), known), "done");
  assert.equal(judge(entry(1, { kind: "transfer" }), known), "done");
  assert.equal(judge(entry(1, { kind: "report" }), known), "refused");
  assert.equal(judge(entry(1, { kind: "call" }), known), "refused", "its key stays with a form whose words may change");
});

test("a clock that runs ahead never keeps a report back", () => {
  const future = problem(422, "field.invalid", "/received_at");
  const report = entry(1, { kind: "report", body: { received_at: "2030-01-01T00:00:00Z" } });
  assert.equal(judge(report, future), "without_times");
  assert.equal(judge({ ...report, body: {} }, future), "refused");
  const passedOn = entry(1, { kind: "transfer", body: { to: "12345 热线", at: "2030-01-01T00:00:00Z" } });
  assert.equal(judge(passedOn, problem(422, "field.invalid", "/at")), "without_times");
  assert.deepEqual(withoutTimes(passedOn), { to: "12345 热线" });
  assert.deepEqual(Object.keys(withoutTimes(report)), []);
});
