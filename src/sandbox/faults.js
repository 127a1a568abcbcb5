// Transport faults: failures between a prediction and its client. index.js lists them.

import { Problem, throttled } from "./problem.js";

/** Faults that answer before the work is done: nothing has happened on the server. */
const REFUSALS = {
  429: ({ life }, stepMs) => throttled(Number(life.get("retry-after") ?? (stepMs === 0 ? 0 : 1))),
  500: () => new Problem(500, "Internal server error", "Something went wrong on our side."),
};

/** Faults that damage the answer after the work is done: a create has been accepted. */
const SPOILERS = {
  async delay(response, { argument }, { clock, signal }) {
    await clock.sleep(Number(argument) || 0, signal);
    return response;
  },
  drop() {
    throw connectionError();
  },
  async cut(response) {
    const bytes = new Uint8Array(await response.arrayBuffer());
    const parts = [bytes.subarray(0, bytes.length >> 1)];
    const body = new ReadableStream(
      {
        pull(controller) {
          const part = parts.shift();
          if (part) controller.enqueue(part);
          else controller.error(connectionError());
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, response);
  },
  html: () => asHtml("<h1>Just a moment…</h1><p>Checking if the site connection is secure.</p>"),
  "text-json": async (response) => asHtml(`<pre>${await response.text()}</pre>`, response.status),
};

/**
 * The error of a dropped connection. `fetch` rejects with a TypeError too. A server that mounts the sandbox should close the socket when
 * it gets this `code`.
 *
 * @returns {TypeError & { code: "ECONNRESET" }}
 */
export function connectionError() {
  return Object.assign(new TypeError("The sandbox dropped the connection"), { code: "ECONNRESET" });
}

/**
 * Does the work of a request with the transport faults of its prediction.
 *
 * @param {object} circumstances
 * @param {import("./directives.js").Directives} circumstances.directives
 * @param {"create" | "get" | "stream" | "cancel"} circumstances.route
 * @param {Map<string, number>} circumstances.hits how often each counted fault has hit; updated here
 * @param {number} circumstances.stepMs
 * @param {import("./clock.js").Clock} circumstances.clock
 * @param {AbortSignal} circumstances.signal
 * @param {() => Response | Promise<Response>} work
 * @returns {Promise<Response>}
 */
export async function underFaults({ directives, route, hits, stepMs, clock, signal }, work) {
  const active = directives.faults.filter((fault) => fault.route === route && isHit(fault, hits));
  const refusal = active.find(({ name }) => name in REFUSALS);
  if (refusal) throw REFUSALS[refusal.name](directives, stepMs);
  let response = await work();
  for (const fault of active) response = await SPOILERS[fault.name](response, fault, { clock, signal });
  return response;
}

/** Counts a hit. A fault with a number n hits n times, then never. The number of a delay is its length. */
function isHit({ name, route, argument }, hits) {
  if (name === "delay" || argument === undefined) return true;
  const key = `${name}@${route}`;
  const count = hits.get(key) ?? 0;
  if (count >= Number(argument)) return false;
  hits.set(key, count + 1);
  return true;
}

function asHtml(body, status = 200) {
  return new Response(`<!doctype html><title>Sandbox</title>${body}`, {
    status,
    headers: { "Content-Type": "text/html; charset=utf-8" },
  });
}
