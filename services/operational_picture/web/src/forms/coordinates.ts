/** Reads a pasted or typed coordinate pair in any usual shape; knows nothing of reference systems. */

export interface Point {
  lon: number;
  lat: number;
}

type Axis = "lon" | "lat";
type Token = { kind: "axis"; axis: Axis; sign: number } | { kind: "number"; value: number; unit: Unit };
type Unit = "degree" | "minute" | "second" | "none";

const AXIS_WORDS: [RegExp, Axis, number][] = [
  [/^(东经|经度|(longitude|long|lon|lng|x|e)(?![a-z]))/i, "lon", 1],
  [/^(西经|w(?![a-z]))/i, "lon", -1],
  [/^(北纬|纬度|(latitude|lat|y|n)(?![a-z]))/i, "lat", 1],
  [/^(南纬|s(?![a-z]))/i, "lat", -1],
];
const OTHER_WORD = /^([a-z]+|[\s\S])/i;
const NUMBER = /^[+-]?\d+(?:\.\d+)?/;
const UNITS: [RegExp, Unit][] = [
  [/^\s*(°|度|º)/, "degree"],
  [/^\s*(''|"|秒)/, "second"],
  [/^\s*('|分)/, "minute"],
];

/** Full-width digits and the many prime and quote marks become plain ones. */
function plain(text: string): string {
  return text
    .replace(/[″“”〃＂]/g, '"')
    .replace(/[′‘’`＇]/g, "'")
    .replace(/[。．]/g, ".")
    .normalize("NFKC");
}

function unitAt(text: string): [Unit, number] {
  for (const [pattern, unit] of UNITS) {
    const hit = pattern.exec(text);
    if (hit) return [unit, hit[0].length];
  }
  return ["none", 0];
}

function axisAt(text: string): [Token, number] | null {
  for (const [pattern, axis, sign] of AXIS_WORDS) {
    const hit = pattern.exec(text);
    if (hit) return [{ kind: "axis", axis, sign }, hit[0].length];
  }
  return null;
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  let rest = text;
  while (rest) {
    const number = NUMBER.exec(rest);
    if (number) {
      rest = rest.slice(number[0].length);
      const [unit, length] = unitAt(rest);
      found.push({ kind: "number", value: Number(number[0]), unit });
      rest = rest.slice(length);
      continue;
    }
    const axis = axisAt(rest);
    if (axis) found.push(axis[0]);
    rest = rest.slice(axis ? axis[1] : (OTHER_WORD.exec(rest)?.[0].length ?? 1));
  }
  return found;
}

type NumberToken = Extract<Token, { kind: "number" }>;
type AxisToken = Extract<Token, { kind: "axis" }>;

/** Two groups of degrees, minutes, seconds: by their degree marks, else by equal count. */
function halves(numbers: NumberToken[]): [NumberToken[], NumberToken[]] | null {
  const second = numbers.findIndex((token, index) => index > 0 && token.unit === "degree");
  if (second > 0) return [numbers.slice(0, second), numbers.slice(second)];
  if (numbers.length % 2 !== 0 || numbers.length > 6) return null;
  return [numbers.slice(0, numbers.length / 2), numbers.slice(numbers.length / 2)];
}

function degrees(parts: NumberToken[]): number | null {
  const [whole, minutes, seconds] = parts.map((part) => part.value);
  if (whole === undefined || parts.length > 3) return null;
  if ((minutes ?? 0) >= 60 || (seconds ?? 0) >= 60) return null;
  const size = Math.abs(whole) + (minutes ?? 0) / 60 + (seconds ?? 0) / 3600;
  return whole < 0 ? -size : size;
}

/** Without words the value decides: inside China no latitude is above 54 and no longitude below 73. */
function placed(first: number, second: number, words: AxisToken[]): Point | null {
  const [one, two] = words;
  if (one && two) {
    if (one.axis === two.axis) return null;
    const a = first * one.sign;
    const b = second * two.sign;
    return one.axis === "lon" ? { lon: a, lat: b } : { lon: b, lat: a };
  }
  if (Math.abs(first) <= 54 && Math.abs(second) >= 73) return { lon: second, lat: first };
  return { lon: first, lat: second };
}

/** The point meant by `text`, in degrees; null when it is not a coordinate pair. */
export function parseCoordinates(text: string): Point | null {
  const all = tokens(plain(text));
  const words = all.filter((token): token is AxisToken => token.kind === "axis");
  const pair = halves(all.filter((token): token is NumberToken => token.kind === "number"));
  if (!pair || words.length === 1 || words.length > 2) return null;
  const first = degrees(pair[0]);
  const second = degrees(pair[1]);
  if (first === null || second === null) return null;
  const point = placed(first, second, words);
  if (!point || Math.abs(point.lat) > 90 || Math.abs(point.lon) > 180) return null;
  return { lon: rounded(point.lon), lat: rounded(point.lat) };
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
