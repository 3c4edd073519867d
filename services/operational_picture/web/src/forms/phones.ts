/** Tidies a pasted telephone number; an odd one is kept as it was typed. */

/** Digits with the country code, spaces and full-width forms removed; `转` extensions stay. */
export function tidyPhone(text: string): string {
  const plain = text.normalize("NFKC").trim();
  const compact = plain.replace(/[\s\-—–().·]/g, "").replace(/^(\+|00)86/, "");
  return /^\d{3,12}(转\d{1,6})?$/.test(compact) ? compact : plain;
}
