/** The list beside the map finds by the letters of pinyin, with the table that the server gives. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createPinia, setActivePinia } from "pinia";
import type { InitialsTable } from "@/api/types";
import { spellings, useInitials } from "@/i18n/initials";
import { mentions } from "@/panels/incidentFilter";

const KNOWN: Record<string, string> = { 旧: "j", 宫: "g", 子: "z", 营: "y", 镇: "z", 火: "h", 灾: "z" };
const FIRST = 0x3400;

function table(): InitialsTable {
  const letters = Array.from({ length: 0xa000 - FIRST }, (_, index) => KNOWN[String.fromCharCode(FIRST + index)] ?? " ").join("");
  return { first: FIRST, letters, two: { 长: "cz" } };
}
const listed = (title: string, township: string) => ({
  number: "DX-20261123-0001", title, type_name: "火灾", type_code: "12G", grade: null, status: "reported" as const, description: "镇",
  location: { text: null, township_name: township }, received_at: "2026-11-23T03:00:00Z",
}) as unknown as Parameters<typeof mentions>[0];

test("letters find title, township and type, in both readings, and nothing before the table is known", () => {
  setActivePinia(createPinia());
  const fire = listed("旧宫Ａ座", "长子营镇");
  assert.equal(mentions(fire, "jg"), false);
  useInitials(table());
  assert.deepEqual(spellings("长子营"), ["czy", "zzy"]);
  for (const asked of ["jg", "JGA", "czy", "zzyz", "hz", "旧宫 zzy", "0001"]) assert.equal(mentions(fire, asked), true, asked);
  for (const asked of ["gj", "xx", "jg xx", "旧 营宫"]) assert.equal(mentions(fire, asked), false, asked);
});

test("signs, rare characters and letters of other alphabets have no letter", () => {
  useInitials(table());
  assert.deepEqual(spellings("，。ж𠮷 "), []);
  assert.deepEqual(spellings("旧-宫 3"), ["jg3"]);
});
