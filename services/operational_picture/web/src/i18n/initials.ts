/** The letters by which Chinese is typed in searches: 「旧宫」 is `jg`, 「长子营」 both `zzy` and `czy`, as the server has them. */
import { shallowRef } from "vue";
import type { InitialsTable } from "@/api/types";

const MOST_KEPT = 20_000;
const table = shallowRef<InitialsTable | null>(null);
const kept = new Map<string, readonly string[]>();

export function useInitials(next: InitialsTable): void {
  table.value = next;
  kept.clear();
}

function typed(char: string, reading: 0 | 1, { first, letters, two }: InitialsTable): string {
  if (char < "\x80") return /[a-z0-9]/i.test(char) ? char.toLowerCase() : "";
  return two[char]?.[reading] ?? letters[char.charCodeAt(0) - first]?.trim() ?? "";
}

/** One spelling, or two where a character has two readings; none as long as the table was never read. */
export function spellings(text: string): readonly string[] {
  const known = table.value;
  if (!known) return [];
  let found = kept.get(text);
  if (!found) {
    const chars = [...text.normalize("NFKC")];
    found = [...new Set(([0, 1] as const).map((reading) => chars.map((char) => typed(char, reading, known)).join("")))].filter(Boolean);
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(text, found);
  }
  return found;
}
