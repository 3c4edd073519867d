import { get, post } from "./client";
import type { LineGap, LineReading, LinesTaken, LineSource, OrderToRead, SpokenField } from "./types";

/** What the lines say and would become; nothing is kept. */
export const readShortLines = (said: LineSource): Promise<{ lines: LineReading[] }> => post("/short-lines/read", said);
export const takeShortLines = (said: LinesTaken, key: string): Promise<{ lines: LineReading[]; missing: LineGap[] }> =>
  post("/short-lines", said, key);
export const missingShortLines = (): Promise<{ missing: LineGap[] }> => get("/short-lines");
export const renderOrder = (order: OrderToRead): Promise<{ text: string; spoken: SpokenField[] }> =>
  post("/short-lines/render", { order });
