/** Wire types that every part of the interface uses. Times are RFC 3339 UTC text. */
export type Instant = string;

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface LonLat {
  lon: number;
  lat: number;
}

export type Crs = "wgs84" | "cgcs2000" | "gcj02" | "bd09";

export interface FieldError {
  pointer: string;
  code: string;
  detail: string;
}

/** Something the server wants a person to know although it accepted the request. */
export type Hint = FieldError;

export interface ImportError {
  row: number;
  column: string | null;
  code: string;
  detail: string;
}

export interface ImportResult {
  created: number;
  updated: number;
  unchanged: number;
  rows: number;
  errors: ImportError[];
}
