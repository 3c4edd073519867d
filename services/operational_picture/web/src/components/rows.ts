/** Arrow keys walk through the row buttons of a list; Enter and Space press them as buttons do. */

/** To be bound to `keydown` of the element that holds the rows. */
export function moveFocus(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const list = event.currentTarget;
  if (step === undefined && event.key !== "Home" && event.key !== "End") return;
  if (!(list instanceof HTMLElement) || !(event.target instanceof HTMLButtonElement)) return;
  const rows = [...list.querySelectorAll<HTMLButtonElement>(".row")];
  const at = rows.indexOf(event.target);
  if (at < 0) return;
  event.preventDefault();
  event.stopPropagation();
  const next = step === undefined ? (event.key === "Home" ? 0 : rows.length - 1) : at + step;
  rows[Math.min(rows.length - 1, Math.max(0, next))]?.focus();
}
