/** Sealing what a browser keeps: for one account, in one place, and never read without its key. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { forgetKeys, seal, takeKey, unseal } from "../src/outbox/seal";

const KEY = btoa("k".repeat(32));
const OTHER = btoa("o".repeat(32));
const CALLER = { caller: { name: "示例群众", phone: "13800000000" } };

test("what is sealed opens with the key of the account, in its place, and holds no word in clear", async () => {
  await takeKey("a", KEY);
  const sealed = await seal("a", "words", CALLER);
  assert.ok(!JSON.stringify(sealed).includes("13800000000"));
  assert.deepEqual(await unseal("words", sealed), CALLER);
  assert.equal(await unseal("fault", sealed), null);
});

test("after the session nothing opens it, until the same account has its key again", async () => {
  await takeKey("a", KEY);
  const sealed = await seal("a", "words", CALLER);
  await forgetKeys(true);
  assert.equal(await unseal("words", sealed), null);
  await takeKey("b", OTHER);
  assert.equal(await unseal("words", sealed), null);
  assert.equal(await unseal("words", { ...sealed, account: "b" }), null);
  await takeKey("a", KEY);
  assert.deepEqual(await unseal("words", sealed), CALLER);
});

test("the same words are never sealed twice alike", async () => {
  await takeKey("a", KEY);
  assert.notDeepEqual(await seal("a", "words", CALLER), await seal("a", "words", CALLER));
});

test("without a key it is kept in clear rather than lost", async () => {
  await forgetKeys(true);
  assert.deepEqual(await unseal("words", await seal("a", "words", CALLER)), CALLER);
});
