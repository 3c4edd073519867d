/** Drafts: nothing typed is lost, however a page ends and whenever its key comes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { effectScope, nextTick, type Ref } from "vue";
import { forgetKeys, takeKey } from "../src/outbox/seal";

type Drafts = typeof import("../src/forms/draft");
interface Form {
  what: string;
  phone: string;
}
const KEY = btoa("k".repeat(32));
const kept = new Map<string, string>();
const storage = {
  getItem: (place: string) => kept.get(place) ?? null,
  setItem: (place: string, value: string) => (kept.set(place, value), (shelf as Record<string, string>)[place] = value),
  removeItem: (place: string) => (kept.delete(place), delete (shelf as Record<string, string>)[place]),
};
/** Its places are its own keys, as in a browser. */
const shelf = Object.create(storage) as Storage;
Object.assign(globalThis, { localStorage: shelf, window: new EventTarget() });

/** The module once for each page that a test opens, loaded now: what a page knew is gone with it, what the browser keeps is there. */
const pages: Drafts[] = [];
for (let number = 0; number < 16; number += 1) {
  const path = `/src/forms/draft.ts?page=${number}`;
  pages.push((await import(/* @vite-ignore */ path)) as Drafts);
}

function opened(): { drafts: Drafts; draft: () => { form: Ref<Form>; drop: () => void } } {
  const drafts = pages.pop()!;
  const draft = () => effectScope().run(() => drafts.useDraft<Form>(name, () => ({ what: "", phone: "" }), (form) => form.what + form.phone !== ""))!;
  return { drafts, draft };
}
async function form(): Promise<{ form: Ref<Form>; drop: () => void; drafts: Drafts }> {
  const { drafts, draft } = opened();
  await drafts.openDrafts("a");
  return { ...draft(), drafts };
}
const place = (): string => kept.get(`yzt.draft.${name}`) ?? "";
async function settled(what: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (what()) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  assert.fail("it did not come about");
}
/** Another form for each test: what is still being written belongs to the one before. */
let name = "";
async function anew(): Promise<void> {
  name = `intake.${crypto.randomUUID()}`;
  for (const one of [...kept.keys()]) shelf.removeItem(one);
  globalThis.window = new EventTarget() as never;
  await takeKey("a", KEY);
}

test("the last words are kept when the page goes away in the moment they are typed, and not in clear", async () => {
  await anew();
  const first = await form();
  first.form.value.phone = "13900000001";
  let tries = 0;
  // Again and again until there is a pad, each time with other last words.
  await settled(() => {
    first.form.value.what = `旧宫火情 ${++tries}`;
    window.dispatchEvent(new Event("pagehide"));
    return place().includes('"cover"');
  });
  assert.ok(!place().includes("13900000001"));
  const next = await form();
  assert.deepEqual({ ...next.form.value }, { what: `旧宫火情 ${tries}`, phone: "13900000001" });
  await settled(() => place().includes('"iv"') && !place().includes('"cover"'));
});

test("a draft whose key comes later comes into the form that is still empty", async () => {
  await anew();
  const first = await form();
  first.form.value.what = "等钥匙的";
  await settled(() => place().includes('"iv"'));
  await forgetKeys(true);
  const next = await form();
  assert.equal(next.form.value.what, "");
  await takeKey("a", KEY);
  await next.drafts.openDrafts("a");
  await nextTick();
  assert.equal(next.form.value.what, "等钥匙的");
});

test("a draft that cannot be opened is not written over, and comes back when the later one is done", async () => {
  await anew();
  const first = await form();
  first.form.value.what = "先写的";
  await settled(() => place().includes('"iv"'));
  await forgetKeys(true);
  const second = await form();
  second.form.value.what = "后写的";
  await settled(() => place().includes("后写的"));
  await takeKey("a", KEY);
  const third = await form();
  assert.equal(third.form.value.what, "后写的");
  await settled(() => place().includes('"iv"'));
  third.form.value = { what: "", phone: "" };
  third.drop();
  assert.equal((await form()).form.value.what, "先写的");
});

test("two open pages of one account do not write over each other", async () => {
  await anew();
  const [one, other] = [await form(), await form()];
  one.form.value.what = "第一页";
  await settled(() => place() !== "");
  const before = place();
  other.form.value.what = "第二页";
  await settled(() => place() !== before);
  const again = await form();
  assert.equal(again.form.value.what, "第二页");
  again.drop();
  assert.equal((await form()).form.value.what, "第一页");
});

test("nobody's form shows what another account typed", async () => {
  await anew();
  const first = await form();
  first.form.value.what = "甲写的";
  await settled(() => place() !== "");
  const { drafts, draft } = opened();
  await takeKey("b", btoa("b".repeat(32)));
  await drafts.openDrafts("b");
  assert.equal(draft().form.value.what, "");
  assert.ok(!place().includes("甲写的"));
});
