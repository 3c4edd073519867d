/** In which states people still work on an incident: it is listed, and clocks run. */
import type { IncidentStatus } from "@/api/types";

export const STANDING: readonly IncidentStatus[] = ["reported", "active", "recovering"];
export const stands = (status: unknown): boolean => STANDING.includes(status as IncidentStatus);
