import assert from "node:assert/strict";
import { test } from "node:test";
import { readEvents, type StreamEvent } from "@/live/worker/sse";

function body(...chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      chunks.forEach((chunk) => controller.enqueue(chunk));
      controller.close();
    },
  });
}
async function all(...chunks: (string | Uint8Array)[]): Promise<StreamEvent[]> {
  const bytes = chunks.map((chunk) => (typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk));
  const events: StreamEvent[] = [];
  for await (const event of readEvents(body(...bytes), () => undefined)) events.push(event);
  return events;
}

test("events are read whole however the network cuts them, also inside a Chinese character", async () => {
  const whole = new TextEncoder().encode('event: frame\nid: a:7\ndata: {"title":"旧宫"}\n\nevent: heartbeat\ndata: {}\n\n');
  for (let cut = 1; cut < whole.length; cut += 1) {
    const events = await all(whole.slice(0, cut), whole.slice(cut));
    assert.deepEqual(events, [
      { event: "frame", id: "a:7", data: '{"title":"旧宫"}' },
      { event: "heartbeat", id: null, data: "{}" },
    ]);
  }
});

test("comments are life but no events, and an unfinished event at the end is dropped", async () => {
  assert.deepEqual(await all(": ping\n\n", "data: one\ndata: two\n\n", "data: cut off"), [
    { event: "message", id: null, data: "one\ntwo" },
  ]);
});

test("carriage returns end lines too, also when the pair is cut in two", async () => {
  const event = { event: "message", id: null, data: "one\ntwo" };
  assert.deepEqual(await all("data: one\r", "\ndata: two\r\n\r", "\n"), [event]);
});
