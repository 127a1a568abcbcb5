/** Many streams, over a `fetch` without a network: a browser opens six connections to a server, not 500. */

import { events } from "../payload.js";
import { MODEL, ours, theirs } from "./clients.js";

const encode = (texts) => new TextEncoder().encode(texts.join(""));
const all = events(20);
const first = encode(all.slice(0, 1));
const rest = encode(all.slice(1));

/** Brings the first event, and the others when the stream is to end. */
const answer = (ends) => async (_, { method = "GET" } = {}) => {
  const stream = `${location.origin}/memory/stream`;
  if (method === "POST") return Response.json({ id: "memory", status: "starting", urls: { stream } }, { status: 201 });
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(first.slice());
      if (!ends) return;
      controller.enqueue(rest.slice());
      controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
};

const clients = {
  ours: (ends) => ours({ fetch: answer(ends) }),
  theirs: (ends) => theirs({ fetch: answer(ends) }),
};

const held = [];

/** Opens streams that stay open: each has brought its first event, and its reader waits for the next. */
export async function openStreams(name, count) {
  const client = clients[name](false);
  for (let i = 0; i < count; i++) {
    const iterator = client.stream(MODEL, { input: {} })[Symbol.asyncIterator]();
    const { value } = await iterator.next();
    if (value.event !== "output") throw new Error(`A stream of ${name} began with ${value.event}`);
    held.push({ iterator, waits: iterator.next() });
  }
}

/** Reads streams to their end, twenty at a time; their handles are kept where `keep` says so. */
export async function finishStreams(name, count, keep = false) {
  const client = clients[name](true);
  let left = count;
  const reader = async () => {
    while (left-- > 0) {
      let seen = 0;
      const stream = client.stream(MODEL, { input: {} });
      if (keep) held.push(stream);
      for await (const event of stream) if (event.event === "output") seen++;
      if (seen !== 20) throw new Error(`${seen} events of 20`);
    }
  };
  await Promise.all(Array.from({ length: 20 }, reader));
}
