import { get, patch, post } from "./client";
import type { Account, AccountChange, AccountDraft, AuditEntry, DeadLetter, Page, ServiceStatus } from "./types";

export const listAccounts = (after?: string): Promise<Page<Account>> => get("/accounts", { after });
export const createAccount = (draft: AccountDraft, key?: string): Promise<Account & { password?: string }> =>
  post("/accounts", draft, key);
export const changeAccount = (id: string, change: AccountChange, key?: string): Promise<Account> =>
  patch(`/accounts/${encodeURIComponent(id)}`, change, key);
/** The password is shown once and never again. */
export const resetPassword = (id: string, key?: string): Promise<{ password: string }> =>
  post(`/accounts/${encodeURIComponent(id)}/reset-password`, {}, key);
export const listAudit = (after?: string): Promise<Page<AuditEntry>> => get("/audit", { after });
export const serviceStatus = (): Promise<ServiceStatus> => get("/status");
export const listDeadLetters = (after?: string): Promise<Page<DeadLetter>> => get("/dead-letters", { after });
export const retryDeadLetter = (seq: number): Promise<void> => post(`/dead-letters/${seq}/retry`);
export const discardDeadLetter = (seq: number, reason: string): Promise<void> =>
  post(`/dead-letters/${seq}/discard`, { reason });
