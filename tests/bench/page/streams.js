/** The ways to read an event stream. Each creates a prediction, opens its stream and reads it to the end. */

import { Tally, events } from "../payload.js";
import { MODEL, ours, theirs } from "./clients.js";
import { EventIterator, generate } from "./comparators.js";
import { HandTunedIterator } from "./hand-tuned.js";

const ways = {
  async streamText({ input, fetch, tally }) {
    for await (const text of ours({ fetch }).streamText(MODEL, { input })) tally.add(text);
  },
  async stream({ input, fetch, tally }) {
    for await (const event of ours({ fetch }).stream(MODEL, { input })) if (event.event === "output") tally.add(event.data);
  },
  async replicate({ input, fetch, tally }) {
    for await (const event of theirs({ fetch }).stream(MODEL, { input })) if (event.event === "output") tally.add(event.data);
  },
  async EventSource({ input, tally }) {
    const source = new EventSource(await create(fetch, input));
    source.addEventListener("output", (event) => tally.add(event.data));
    await new Promise((resolve, reject) => {
      source.addEventListener("done", resolve);
      source.addEventListener("error", () => reject(new Error("The EventSource failed")));
    });
    source.close();
  },
  async generator({ input, fetch, tally }) {
    for await (const event of generate(await open(fetch, input))) if (event.event === "output") tally.add(event.data);
  },
  async class({ input, fetch, tally }) {
    for await (const event of new EventIterator(await open(fetch, input))) if (event.event === "output") tally.add(event.data);
  },
  async handTuned({ input, fetch, tally }) {
    for await (const event of new HandTunedIterator(await open(fetch, input))) if (event.event === "output") tally.add(event.data);
  },
  /** Nothing but the bytes; what was in them is looked at when the clock has stopped. */
  async bytes({ input, fetch, tally }) {
    const chunks = [];
    const reader = (await open(fetch, input)).getReader();
    for (let result; !(result = await reader.read()).done; ) chunks.push(result.value);
    return async () => {
      for await (const event of generate(new Blob(chunks).stream())) if (event.event === "output") tally.add(event.data);
    };
  },
};

async function create(fetch, input) {
  const answer = await fetch(`${location.origin}/v1/models/${MODEL}/predictions`, { method: "POST", body: JSON.stringify({ input }) });
  return (await answer.json()).urls.stream;
}

const open = async (fetch, input) => (await fetch(await create(fetch, input), { headers: { accept: "text/event-stream" } })).body;

/** Where a stream comes from: the server, or memory, so many events a chunk. */
const sources = {
  network: () => globalThis.fetch.bind(globalThis),
  memory: (count) => inMemory(count, 1000),
  single: (count) => inMemory(count, 1),
};

/**
 * Milliseconds from the call to the end of the stream.
 *
 * @param {keyof typeof ways} way
 * @param {number} count how many events
 * @param {keyof typeof sources} source
 */
export async function read(way, count, source) {
  const fetch = sources[source](count);
  const tally = new Tally();
  const start = performance.now();
  const look = await ways[way]({ input: { events: count }, fetch, tally });
  const ms = performance.now() - start;
  await look?.();
  tally.check(count);
  return ms;
}

/** A `fetch` without a network; a chunk is handed out when it is asked for. */
function inMemory(count, perChunk) {
  const chunks = (encoded[`${count} by ${perChunk}`] ??= encode(events(count), perChunk));
  const stream = `${location.origin}/memory/stream`;
  return async (_, { method = "GET" } = {}) => {
    if (method === "POST") return Response.json({ id: "memory", status: "starting", urls: { stream } }, { status: 201 });
    let at = 0;
    const pull = (controller) => (at < chunks.length ? controller.enqueue(chunks[at++]) : controller.close());
    return new Response(new ReadableStream({ pull }), { headers: { "content-type": "text/event-stream" } });
  };
}

const encoded = {};

function encode(events, perChunk) {
  const encoder = new TextEncoder();
  return Array.from({ length: Math.ceil(events.length / perChunk) }, (_, i) => encoder.encode(events.slice(i * perChunk, (i + 1) * perChunk).join("")));
}
