import { get, post, request } from "./client";
import type { Session } from "./types";

export const currentSession = (): Promise<Session> => get("/session");
export const openSession = (username: string, password: string): Promise<Session> =>
  request("POST", "/session", { body: { username, password } });
export const endSession = (): Promise<void> => request("DELETE", "/session");
export const changePassword = (current: string, next: string): Promise<void> =>
  post("/session/password", { current, new: next });
