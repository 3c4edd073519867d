/** A place without a mouse: coordinates, or a direction and a distance from the scene. */
import type { LonLat } from "@/api/types";
import { destination } from "@/map/circle";
import { parseCoordinates } from "./coordinates";

const SIXTEEN = ["北", "北东北", "东北", "东东北", "东", "东东南", "东南", "南东南", "南", "南西南", "西南", "西西南", "西", "西西北", "西北", "北西北"];
const STEP_DEG = 22.5;
const WORD = /^(?:正|偏)?([东南西北]{1,3})(?:方向?|侧|面)?/;
const DEGREES = /^(\d{1,3}(?:\.\d+)?)(?:°|度)/;
const DISTANCE = /^[,;，、]?(?:约|距离?)?(\d+(?:\.\d+)?)(公里|千米|km|米|m)?$/i;
const FARTHEST_M = 50_000;

/** 西北风, by degrees whence it comes. */
export const directionName = (degrees: number): string => SIXTEEN[Math.round(degrees / STEP_DEG) % SIXTEEN.length]!;

function bearingAt(text: string): [number, string] | null {
  const word = WORD.exec(text);
  const place = word ? SIXTEEN.indexOf(word[1]!) : -1;
  if (word && place >= 0) return [place * STEP_DEG, text.slice(word[0].length)];
  const degrees = DEGREES.exec(text);
  return degrees && Number(degrees[1]) <= 360 ? [Number(degrees[1]), text.slice(degrees[0].length)] : null;
}

/** The point meant by 「116.34,39.73」, 「东北 300 米」 or 「135° 1.2 公里」; directions count from `origin`. Null: not understood. */
export function parsePlace(text: string, origin: LonLat | null): LonLat | null {
  const plain = text.normalize("NFKC").replace(/\s/g, "");
  const said = origin && bearingAt(plain);
  if (!origin || !said) return parseCoordinates(text);
  const far = DISTANCE.exec(said[1]);
  if (!far) return parseCoordinates(text);
  const metres = Number(far[1]) * (/公里|千米|km/i.test(far[2] ?? "") ? 1000 : 1);
  return metres > 0 && metres <= FARTHEST_M ? destination(origin, said[0], metres) : null;
}
