import { get, post, request } from "./client";
import type { Session } from "./types";

export const currentSession = (): Promise<Session> => get("/session");
export const openSession = (username: string, password: string): Promise<Session> =>
  request("POST", "/session", { body: { username, password } });
/** Opens what this account left sealed in a browser; given to a session alone. */
export const pageKey = (): Promise<{ key: string }> => get("/session/page-key");
export const endSession = (): Promise<void> => request("DELETE", "/session");
export const changePassword = (current: string, next: string): Promise<void> =>
  post("/session/password", { current, new: next });
