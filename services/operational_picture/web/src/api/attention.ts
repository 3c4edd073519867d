/** Whether somebody is at this page: what it asks by itself must not keep a session from ending for want of a person. */

/** Header of a request behind which nobody is. */
export const UNATTENDED = "X-Yzt-Unattended";
/** A touch counts for so long: the page asks something at least twice in that time. */
const COUNTS_MS = 120_000;
const HANDS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;

let touchedAt = Date.now();
const listeners = new Set<() => void>();

/** Notices hands on this page from now on. */
export function watchHands(): void {
  for (const kind of HANDS) addEventListener(kind, touched, { capture: true, passive: true });
}
function touched(): void {
  touchedAt = Date.now();
  listeners.forEach((listener) => listener());
}

export const isAttended = (): boolean => Date.now() - touchedAt < COUNTS_MS;
/** Told of every touch. */
export function onTouch(listener: () => void): void {
  listeners.add(listener);
}
