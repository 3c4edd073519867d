/** Looks a code up in the server's catalogue, then in the built-in words; a missing key shows the key. */
import { shallowRef } from "vue";
import { LABELS, type LabelGroup } from "./labels";

const catalogue = shallowRef<Readonly<Record<string, string>>>({});

export function useCatalogue(entries: Record<string, string>): void {
  catalogue.value = entries;
}

/** label("unit_status", "standby") → 待命. Null and "" give an empty text; a group may stand in the catalogue only. */
export function label(group: LabelGroup | (string & {}), value: string | null | undefined): string {
  if (!value) return "";
  const builtIn = (LABELS as Record<string, Record<string, string> | undefined>)[group];
  return catalogue.value[`${group}.${value}`] ?? builtIn?.[value] ?? value;
}

/** The values of a group with their words, in the order of the table: for pick lists. */
export function options(group: LabelGroup): { value: string; text: string }[] {
  return Object.keys(LABELS[group]).map((value) => ({ value, text: label(group, value) }));
}

/** A sentence of the catalogue with its {params} filled in. */
export function sentence(key: string, params: Record<string, unknown> = {}): string {
  const text = catalogue.value[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in params ? String(params[name]) : whole));
}
