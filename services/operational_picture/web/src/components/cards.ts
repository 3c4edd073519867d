/** Rows as cards on a phone: each cell carries the name of its column, which a narrow screen shows beside it (kit.css). */
import type { Directive } from "vue";

function name(table: HTMLTableElement): void {
  const columns = [...table.querySelectorAll("thead th")].map((head) => head.textContent?.trim() ?? "");
  for (const row of table.tBodies[0]?.rows ?? []) {
    for (const [index, cell] of [...row.cells].entries()) if (cell.dataset.label !== columns[index]) cell.dataset.label = columns[index] ?? "";
  }
}

export const vCards: Directive<HTMLTableElement> = { mounted: name, updated: name };
