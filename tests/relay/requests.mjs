/** Relays over a `fetch` of a test's own, and the requests that the tests send to them. */
import { createRelay } from "../../src/relay/index.js";

export const created = { id: "p1", status: "starting", urls: {} };
const json = { "content-type": "application/json" };

/** A relay whose callers name themselves in the header X-User; `fetch` answers in place of Replicate. */
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

/** The create of a listed model. */
export function createRequest({ body = '{"input":{}}', headers, signal, url = "http://relay.example/v1/models/meta/llama/predictions" } = {}) {
  return new Request(url, { method: "POST", headers: { ...json, ...headers }, body, signal, duplex: "half" });
}

/** A body in pieces, and how many of them were asked for. */
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
