import { get, post, put } from "./client";
import type { Notification, NotificationDraft, NotificationPolicy, Page, PolicyChange } from "./types";

const at = (id: string): string => `/notifications/${encodeURIComponent(id)}`;

export const listNotifications = (
  query: { open?: boolean; mine?: boolean; incident_id?: string; after?: string; limit?: number } = {},
): Promise<Page<Notification>> => get("/notifications", query);
export const getNotification = (id: string): Promise<Notification> => get(at(id));
export const acknowledge = (
  id: string, answer: { note?: string; on_behalf_of?: string; phone_answer?: boolean } = {}, key?: string,
): Promise<Notification> => post(`${at(id)}/ack`, answer, key);
/** Tells the server that this account's screen showed the call: ◐ delivered, not answered. */
export const markSeen = (id: string): Promise<void> => post(`${at(id)}/seen`);
export const cancelNotification = (id: string, reason: string, key?: string): Promise<Notification> =>
  post(`${at(id)}/cancel`, { reason }, key);
export const callPeople = (draft: NotificationDraft, key: string): Promise<Notification> => post("/notifications", draft, key);
export const notificationPolicy = (): Promise<NotificationPolicy> => get("/notification-policy");
export const changePolicy = (policy: PolicyChange, key: string): Promise<NotificationPolicy> =>
  put("/notification-policy", policy, key);
