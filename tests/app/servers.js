// The servers that tests/app.rs asks: the sandbox, the relay before it, and servers of a few answers. They run in the page
// and stand in place of `fetch`.
"use strict";

/**
 * Imports a module and what it imports, one after another. The server of wasm-bindgen's test runner can leave a request
 * without an answer when more than four connections come at once.
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

/** A `fetch` that notes what it is asked, in `asked`. */
function noting(answer) {
  const asked = [];
  const noted = async (url, init = {}) => {
    const headers = Object.fromEntries(new Headers(init.headers));
    const body = typeof init.body === "string" ? init.body : undefined;
    asked.push({ method: init.method ?? "GET", url: String(url), headers, body, credentials: init.credentials });
    return answer(String(url), init, asked.length);
  };
  return Object.assign(noted, { asked });
}

globalThis.servers = {
  /** The sandbox, at any address that ends in /v1. */
  async sandbox(stepMs) {
    const { createSandbox } = await module("sandbox");
    return noting(createSandbox({ stepMs }));
  },

  /** The relay before a sandbox, below /relay. */
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
    return noting((url, init) => relay(new Request(url, { duplex: "half", ...init })));
  },

  /** A server whose answers a function body makes from `url`, `init` and the `count` of requests. */
  scripted: (body) => noting(new Function("url", "init", "count", body)),
};

/** An event stream with these events and, unless it `ends`, nothing after them. */
globalThis.events = (text, ends = true) => {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      if (ends) controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
};

/** Never answers; rejects when its signal is aborted. */
globalThis.never = ({ signal }) => new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
