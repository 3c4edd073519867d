/** The bars that stand above the desk, each with its name: together they know how many they are. */
import type { InjectionKey, ShallowReactive } from "vue";

export type Bars = ShallowReactive<Map<HTMLElement, () => string>>;
export const BARS: InjectionKey<Bars> = Symbol("bars");

/** As they stand on the screen, whenever each of them came. */
export const namesFromTheTop = (bars: Bars): string[] =>
  [...bars].sort(([a], [b]) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1)).map(([, name]) => name());
