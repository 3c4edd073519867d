/** Reads a text/event-stream body into events. EventSource is not used: it cannot tell 401 from a cut line. */
export interface StreamEvent {
  event: string;
  id: string | null;
  data: string;
}

function parseBlock(block: string): StreamEvent | null {
  let event = "message";
  let id: string | null = null;
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon === 0) continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event = value;
    else if (field === "id") id = value;
    else if (field === "data") data.push(value);
  }
  return data.length ? { event, id, data: data.join("\n") } : null;
}

/** Yields events; `onBytes` is called for every chunk, comments included, so that a watchdog sees life. */
export async function* readEvents(body: ReadableStream<Uint8Array>, onBytes: () => void): AsyncGenerator<StreamEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onBytes();
    const text = rest + decoder.decode(value, { stream: true });
    // A carriage return at the very end may be half of a pair; what it means shows with the next chunk.
    const held = text.endsWith("\r") ? "\r" : "";
    const blocks = text.slice(0, text.length - held.length).replace(/\r\n?/g, "\n").split("\n\n");
    rest = (blocks.pop() ?? "") + held;
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event) yield event;
    }
  }
}
