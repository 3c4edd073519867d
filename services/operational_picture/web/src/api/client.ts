/** fetch with the project's habits: same-origin cookie, JSON, problem+json, a key per command, a time limit. */
import { isAttended, UNATTENDED } from "./attention";
import { Problem } from "./problem";

type Query = Record<string, string | number | boolean | null | undefined | readonly string[]>;

export interface RequestOptions {
  query?: object;
  /** JSON, or a FormData/string sent as it is. */
  body?: unknown;
  contentType?: string;
  /** One key per act of a person: the same act sent twice is carried out once. */
  key?: string;
  /** The account in whose name this is written, if not the one at the screen. */
  as?: string;
  /** Apart from the session at this screen: without its cookie, with this token ("" while there is none yet). */
  token?: string;
  signal?: AbortSignal;
  timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 15_000;
const sessionListeners = new Set<(problem: Problem) => void>();

let acting: string | null = null;

/** Names the account at this screen: another tab may have logged somebody else in, and no act may go out in his name. */
export function actAs(account: string | null): void {
  acting = account;
}

/** Told of every answer 401, so that the login screen can come up over what was typed. */
export function onSessionEnded(listener: (problem: Problem) => void): () => void {
  sessionListeners.add(listener);
  return () => sessionListeners.delete(listener);
}

/** A random UUID also without a secure context, where crypto.randomUUID does not exist. */
export function newKey(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

export function queryText(query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === "") continue;
    if (Array.isArray(value)) value.forEach((item) => params.append(name, String(item)));
    else params.set(name, String(value));
  }
  const text = params.toString();
  return text ? `?${text}` : "";
}

function requestInit(method: string, options: RequestOptions, signal: AbortSignal): RequestInit {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (!isAttended()) headers[UNATTENDED] = "1";
  if (options.key) headers["Idempotency-Key"] = options.key;
  const isApart = options.token !== undefined;
  const writer = options.as ?? acting;
  if (options.token) headers.Authorization = `Bearer ${options.token}`;
  if (writer && method !== "GET" && !isApart) headers["X-Yzt-Account"] = writer;
  const init: RequestInit = { method, headers, signal, credentials: isApart ? "omit" : "same-origin", cache: "no-store" };
  if (options.body === undefined) return init;
  if (options.body instanceof FormData) return { ...init, body: options.body };
  headers["Content-Type"] = options.contentType ?? "application/json";
  return { ...init, body: typeof options.body === "string" ? options.body : JSON.stringify(options.body) };
}

async function send(method: string, url: string, options: RequestOptions): Promise<Response> {
  const limit = AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  try {
    return await fetch(url, requestInit(method, options, signal));
  } catch {
    if (method === "GET") throw Problem.of("link.unread");
    throw Problem.of(limit.aborted ? "link.timeout" : "link.none");
  }
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text().catch(() => "");
  if (!text) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw Problem.of("answer.unreadable", response.status);
  }
}

/** Resolves to an answer that is no problem, or rejects with a Problem and nothing else. */
export async function answered(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
  const url = `/api${path}${queryText((options.query ?? {}) as Query)}`;
  const response = await send(method, url, options);
  if (response.ok) return response;
  const problem = new Problem(((await readJson(response)) ?? {}) as Record<string, unknown>, response.status);
  if (response.status === 401 && path !== "/session" && options.token === undefined) sessionListeners.forEach((listener) => listener(problem));
  throw problem;
}

/** Resolves to the parsed answer, or rejects with a Problem and nothing else. */
export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  return (await readJson(await answered(method, path, options))) as T;
}

export const get = <T>(path: string, query?: object, signal?: AbortSignal): Promise<T> =>
  request<T>("GET", path, { ...(query && { query }), ...(signal && { signal }) });

/** A command. Pass the key that was made when the form was opened; a retry must carry the same one. */
export const post = <T>(path: string, body: unknown = {}, key: string = newKey()): Promise<T> =>
  request<T>("POST", path, { body, key });

export const patch = <T>(path: string, body: unknown, key: string = newKey()): Promise<T> =>
  request<T>("PATCH", path, { body, key });

export const put = <T>(path: string, body: unknown, key: string = newKey()): Promise<T> =>
  request<T>("PUT", path, { body, key });
