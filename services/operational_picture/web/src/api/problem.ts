/** The one error that leaves this folder: a problem+json answer, or a failure of the link told in the same form. */
import type { FieldError } from "./types";

interface ProblemBody {
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
  trace_id?: string;
  errors?: FieldError[];
  [param: string]: unknown;
}

const SENTENCES: Record<string, string> = {
  "link.none": "没有连上服务器,刚才的操作没有送达。请检查网络,内容已保留,连上后再提交一次。",
  "link.unread": "服务器没有答复,这里的内容没有取到。连上后再取。",
  "link.timeout": "服务器没有在规定时间内答复,不能确定是否已受理。再提交一次不会重复登记。",
  "answer.unreadable": "服务器的答复无法识别。请刷新页面;仍然如此请联系运维。",
};

export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  /** A Chinese sentence that says what to do next. */
  readonly detail: string;
  readonly errors: FieldError[];
  readonly traceId: string | null;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(body: ProblemBody, status: number) {
    const code = body.code ?? "answer.unreadable";
    const detail = body.detail ?? SENTENCES[code] ?? body.title ?? `服务器答复 ${status}。`;
    super(detail);
    this.name = "Problem";
    this.code = code;
    this.status = status;
    this.detail = detail;
    this.errors = body.errors ?? [];
    this.traceId = body.trace_id ?? null;
    this.body = body;
  }

  /** True when nothing is wrong with the request itself, so that sending it again may succeed. */
  get retryable(): boolean {
    return this.status === 0 || this.status === 503 || this.status === 429;
  }

  /** The sentence for one field, by JSON pointer, e.g. "/location/lon". */
  at(pointer: string): string | null {
    return this.errors.find((error) => error.pointer === pointer)?.detail ?? null;
  }

  static of(code: string, status = 0): Problem {
    return new Problem({ code }, status);
  }
}

/** Turns anything thrown into a Problem, so that a screen never shows an English stack trace. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new Problem({ code: "page.failure", detail: `页面内部出错(${message})。请刷新页面;仍然如此请联系运维。` }, 0);
}
