// The heap of Node that finished calls keep in a loop that never yields to the event loop. Run it with `node --expose-gc`.

import { Replicate } from "replicate-wasm";

const CALLS = 5_000;
const BASE = "https://server.test/v1";
const stream = `${BASE}/predictions/p1/stream`;
const events = "event: output\nid: 1\ndata: tea\n\nevent: done\nid: 2\ndata: {}\n\n";

/** A server without a network, which answers within the same turn of the event loop. */
async function fetch(url, { method }) {
  if (url === stream) return new Response(events, { headers: { "content-type": "text/event-stream" } });
  const succeeded = { status: "succeeded", output: ["tea"] };
  return Response.json({ id: "p1", status: "starting", urls: { stream }, ...(method === "GET" && succeeded) }, { status: method === "GET" ? 200 : 201 });
}

const client = new Replicate({ auth: "token", baseUrl: BASE, fetch });
const input = { prompt: "tea" };
const calls = {
  run: () => client.run("a/b", { input, wait: { mode: "poll", interval: 0 } }),
  "predictions.get": () => client.predictions.get("p1"),
  streamText: () => client.streamText("a/b", { input }).text(),
};

function heap() {
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

async function perCall(call) {
  for (let i = 0; i < CALLS / 5; i++) await call();
  await new Promise(setImmediate);
  const before = heap();
  for (let i = 0; i < CALLS; i++) await call();
  const looped = heap();
  await new Promise(setImmediate);
  return { looped: (looped - before) / CALLS, afterTurn: (heap() - before) / CALLS };
}

const figures = {};
for (const [name, call] of Object.entries(calls)) figures[name] = await perCall(call);
console.log(JSON.stringify(figures));
