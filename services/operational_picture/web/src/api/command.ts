import { get, patch, post, request } from "./client";
import type {
  Activation, Attendance, CommandGroup, CommandOrder, CommandPost, ConfirmSource, Evacuation, EvacuationPlan, Instant, Page, ReceiverState,
  ResponseLevel,
} from "./types";

const at = (kind: string, id: string): string => `/${kind}/${encodeURIComponent(id)}`;
const of = (incidentId: string): string => at("incidents", incidentId);

export const evacuationPlan = (incidentId: string): Promise<EvacuationPlan> => get(`${of(incidentId)}/evacuation-teams`);
export const listEvacuations = (incidentId: string): Promise<Page<Evacuation>> => get(`${of(incidentId)}/evacuations`);
export interface EvacuationDraft {
  reason: string;
  assembly_mark_id?: string;
  assembly_text?: string;
  scope: "all" | string[];
}
export const orderEvacuation = (incidentId: string, draft: EvacuationDraft, key: string): Promise<Evacuation> =>
  post(`${of(incidentId)}/evacuations`, draft, key);
export interface CountDraft {
  headcount: number;
  missing: number;
  at?: Instant;
  source?: ConfirmSource;
  note?: string;
}
export const countPath = (evacuationId: string, assignmentId: string): string =>
  `${at("evacuations", evacuationId)}/teams/${encodeURIComponent(assignmentId)}/confirm`;
export const confirmTeam = (evacuationId: string, assignmentId: string, draft: CountDraft, key: string): Promise<Evacuation> =>
  post(countPath(evacuationId, assignmentId), draft, key);
export const endEvacuation = (id: string, reason: string, key: string): Promise<Evacuation> => post(`${at("evacuations", id)}/end`, { reason }, key);

export const commandPost = (incidentId: string): Promise<CommandPost> => get(`${of(incidentId)}/command-post`);
export type PostDraft = Partial<Pick<CommandPost, "name" | "lon" | "lat" | "text" | "commander_name" | "commander_post">> & { version?: number };
export const setUpPost = (incidentId: string, draft: PostDraft, key: string): Promise<CommandPost> => post(`${of(incidentId)}/command-post`, draft, key);
export const changePost = (incidentId: string, draft: PostDraft, key: string): Promise<CommandPost> => patch(`${of(incidentId)}/command-post`, draft, key);
export type GroupDraft = Partial<Pick<CommandGroup, "id" | "leader_name" | "phone">> & { name: string };
export const changeGroups = (incidentId: string, groups: GroupDraft[], version: number, key: string): Promise<CommandPost> =>
  request("PUT", `${of(incidentId)}/command-post/groups`, { body: { groups, version }, key });
export const closePost = (incidentId: string, reason: string, key: string): Promise<CommandPost> =>
  post(`${of(incidentId)}/command-post/close`, { reason }, key);
export const comeToPost = (
  incidentId: string, who: Pick<Attendance, "name" | "organisation"> & { group_id?: string }, key: string,
): Promise<CommandPost> => post(`${of(incidentId)}/attendance`, who, key);
export const leavePost = (incidentId: string, attendanceId: string, key: string): Promise<CommandPost> =>
  post(`${of(incidentId)}/attendance/${encodeURIComponent(attendanceId)}/leave`, {}, key);

export const listOrders = (incidentId: string): Promise<Page<CommandOrder>> => get(`${of(incidentId)}/orders`);
export interface OrderDraft {
  to: string[];
  content: string;
  due_at?: Instant;
  issued_by_name?: string;
}
export const issueOrder = (incidentId: string, draft: OrderDraft, key: string): Promise<CommandOrder> => post(`${of(incidentId)}/orders`, draft, key);
export interface AnswerDraft {
  receiver: string;
  state: ReceiverState;
  note?: string;
  at?: Instant;
}
export const answerPath = (orderId: string): string => `${at("orders", orderId)}/feedback`;
export const answerOrder = (orderId: string, draft: AnswerDraft, key: string): Promise<CommandOrder> => post(answerPath(orderId), draft, key);

export const listActivations = (query: { open?: boolean; incident_id?: string } = {}): Promise<Page<Activation>> => get("/activations", query);
export interface ActivationDraft {
  incident_id?: string;
  plan_text?: string;
  level: ResponseLevel;
  matter: string;
  expected_until: Instant;
  measures: string;
  areas?: string[];
  authority_reference?: string;
}
export const startActivation = (draft: ActivationDraft, key: string): Promise<Activation> => post("/activations", draft, key);
export const adjustActivation = (
  id: string, change: Partial<Omit<ActivationDraft, "incident_id">> & { reason: string; version?: number }, key: string,
): Promise<Activation> => post(`${at("activations", id)}/adjust`, change, key);
export const endActivation = (id: string, reason: string, key: string): Promise<Activation> => post(`${at("activations", id)}/end`, { reason }, key);
