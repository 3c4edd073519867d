/** Answers that are files: read piece by piece, so that a person sees it go on, and given to the browser to keep. */
import { answered, type RequestOptions } from "./client";
import { Problem } from "./problem";

/** Bytes so far. */
export type Progress = (bytes: number) => void;

const PATIENCE_MS = 10 * 60_000;

export interface Received {
  name: string;
  content: Blob;
}

export async function receive(method: string, path: string, options: RequestOptions, onProgress: Progress): Promise<Received> {
  const response = await answered(method, path, { timeoutMs: PATIENCE_MS, ...options });
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  try {
    for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
      pieces.push(piece.value);
      onProgress((bytes += piece.value.length));
    }
  } catch {
    throw Problem.of("link.none");
  }
  const type = response.headers.get("Content-Type") ?? "application/octet-stream";
  return { name: nameOf(response.headers.get("Content-Disposition")), content: new Blob(pieces, { type }) };
}

function nameOf(disposition: string | null): string {
  const found = /filename\*=UTF-8''([^;]+)/.exec(disposition ?? "");
  return found?.[1] ? decodeURIComponent(found[1]) : "下载";
}

/** Lets the browser keep it as a file. */
export async function download(method: string, path: string, options: RequestOptions, onProgress: Progress): Promise<void> {
  const { name, content } = await receive(method, path, options, onProgress);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** 8.4 MB, for what is under way. */
export function sizeText(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
