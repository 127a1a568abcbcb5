/** Relays with a test's own `fetch`, and requests to them. */
import { createRelay } from "../../src/relay/index.js";

export const created = { id: "p1", status: "starting", urls: {} };
const json = { "content-type": "application/json" };

/** A relay whose callers are named by the header X-User. `fetch` answers in place of Replicate. */
export function makeRelay(options) {
  return createRelay({
    token: "r8_of_a_test",
    authorize: (request) => request.headers.get("x-user") ?? "alice",
    models: ["meta/*"],
    onResponse: () => {},
    fetch: async () => Response.json(created, { status: 201 }),
    ...options,
  });
}

/** A create for a listed model. */
export function createRequest({ body = '{"input":{}}', headers, signal, url = "http://relay.example/v1/models/meta/llama/predictions" } = {}) {
  return new Request(url, { method: "POST", headers: { ...json, ...headers }, body, signal, duplex: "half" });
}

/** A body in pieces, and the number of pieces that were read. */
export function pieces(...texts) {
  let asked = 0;
  const encoder = new TextEncoder();
  const body = new ReadableStream(
    {
      pull(stream) {
        const text = texts[asked++];
        if (text === undefined) stream.close();
        else stream.enqueue(typeof text === "string" ? encoder.encode(text) : text);
      },
    },
    { highWaterMark: 0 },
  );
  return { body, asked: () => asked };
}
