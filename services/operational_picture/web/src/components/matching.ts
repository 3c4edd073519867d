/** Ranks the choices of a type-ahead by code, pinyin initials and Chinese text. */

export interface Choice {
  value: string;
  label: string;
  code?: string | undefined;
  initials?: string | undefined;
  hint?: string | undefined;
}

const BY_CODE = 0;
const BY_LABEL_START = 1;
const BY_INITIALS_START = 2;
const BY_LABEL_INSIDE = 3;
const BY_INITIALS_INSIDE = 4;
const BY_SCATTERED = 5;

/** The letters of `needle` appear in `text` in order, with gaps. */
function scattered(text: string, needle: string): boolean {
  let at = 0;
  for (const letter of needle) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

function rank(choice: Choice, query: string): number | null {
  const label = choice.label.toLowerCase();
  const initials = (choice.initials ?? "").toLowerCase();
  if (choice.code?.toLowerCase().startsWith(query)) return BY_CODE;
  if (label.startsWith(query)) return BY_LABEL_START;
  if (initials.startsWith(query)) return BY_INITIALS_START;
  if (label.includes(query)) return BY_LABEL_INSIDE;
  if (initials.includes(query)) return BY_INITIALS_INSIDE;
  return scattered(label, query) || (initials && scattered(initials, query)) ? BY_SCATTERED : null;
}

/** The best `limit` choices for what was typed; all in their own order when nothing was. */
export function matching(choices: readonly Choice[], typed: string, limit = 12): Choice[] {
  const query = typed.normalize("NFKC").trim().toLowerCase();
  if (!query) return choices.slice(0, limit);
  const ranked = choices.flatMap((choice, index) => {
    const place = rank(choice, query);
    return place === null ? [] : [{ choice, place, index }];
  });
  ranked.sort((a, b) => a.place - b.place || a.choice.label.length - b.choice.label.length || a.index - b.index);
  return ranked.slice(0, limit).map((entry) => entry.choice);
}
