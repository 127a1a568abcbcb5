// The servers of tests/app.rs: the sandbox, the relay in front of it, and scripted servers. They run in the page, in place of
// `fetch`.
"use strict";

/**
 * Imports a module and its imports, one after another. The server of wasm-bindgen's test runner may not answer a request
 * when more than four connections come at once.
 */
async function load(url, seen = new Set()) {
  if (seen.has(url)) return;
  seen.add(url);
  const text = await (await fetch(url)).text();
  for (const [, path] of text.matchAll(/ from "(\.[^"]+)"/g)) await load(new URL(path, url).href, seen);
  return import(url);
}

const loading = {};
const module = (name) => (loading[name] ??= load(new URL(`/src/${name}/index.js`, location.href).href));

/** A `fetch` that records its requests in `requests`. */
function recording(answer) {
  const requests = [];
  const recorded = async (url, init = {}) => {
    const headers = Object.fromEntries(new Headers(init.headers));
    const body = typeof init.body === "string" ? init.body : undefined;
    requests.push({ method: init.method ?? "GET", url: String(url), headers, body, credentials: init.credentials });
    return answer(String(url), init, requests.length);
  };
  return Object.assign(recorded, { requests });
}

globalThis.servers = {
  /** The sandbox, below any path that ends in /v1. */
  async sandbox(stepMs) {
    const { createSandbox } = await module("sandbox");
    return recording(createSandbox({ stepMs }));
  },

  /** The relay in front of a sandbox, below /relay. */
  async relay(stepMs) {
    const { createSandbox } = await module("sandbox");
    const { createRelay } = await module("relay");
    const token = "r8_of_the_server";
    const upstream = "http://localhost/v1";
    const sandbox = createSandbox({ token, stepMs });
    const relay = createRelay({
      token,
      upstream,
      streamHosts: ["localhost"],
      models: ["meta/*", "sandbox/*", "stability-ai/*", "google-deepmind/*"],
      allow: ["files", "models", "lists"],
      limits: { createsPerMinute: 1000, running: 100, totalRunning: 100 },
      authorize: () => "me",
      fetch: sandbox,
    });
    return recording((url, init) => relay(new Request(url, { duplex: "half", ...init })));
  },

  /** A server whose answers come from a function body with the arguments `url`, `init` and `count`, the number of requests. */
  scripted: (body) => recording(new Function("url", "init", "count", body)),
};

/** An event stream with this text. Unless it `ends`, it stays open and silent. */
globalThis.events = (text, ends = true) => {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      if (ends) controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
};

/** Never answers, but rejects when its signal is aborted. */
globalThis.never = ({ signal }) => new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
