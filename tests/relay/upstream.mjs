/**
 * Replicate in these tests: the sandbox over HTTP, with a log of its requests, and
 * hostile answers that the sandbox does not give.
 */
import { createServer } from "node:http";
import { createSandbox } from "../../src/sandbox/index.js";
import { toNodeHandler } from "../../src/relay/index.js";

/** Invented, and long enough to be recognised in a leak. */
export const token = "r8_not-a-token-but-one-that-must-never-leak";

const json = (value, init) => Response.json(value, init);
const html = (status) => new Response("<h1>Apache at upstream</h1>", { status, headers: { "content-type": "text/html" } });
const endless = (chunk, type) =>
  new Response(new ReadableStream({ pull: (stream) => stream.enqueue(new TextEncoder().encode(chunk)) }), {
    headers: { "content-type": type },
  });

/** The answers to a create with the prompt "@name", or to a stream under "/odd/name". */
const odd = {
  redirect: ({ url }) => new Response(null, { status: 307, headers: { location: new URL("/odd/target", url).href } }),
  target: () => json({ id: "the-redirect-was-followed", status: "succeeded" }),
  html200: () => html(200),
  html503: () => html(503),
  broken: () => new Response('{"id": "abc", "status": "succ', { headers: { "content-type": "application/json" } }),
  bomb: () => endless(`"${"x".repeat(1 << 20)}",`, "application/json"),
  silent: () => new Promise(() => {}),
  cookie: () =>
    json(
      { id: "cookie", status: "succeeded" },
      { status: 201, headers: { "set-cookie": "session=upstream", server: "upstream", via: "1.1 upstream" } },
    ),
  "token-in-error": ({ headers }) =>
    json({ title: "Bad", detail: `You sent ${headers.get("authorization")}`, status: 400 }, { status: 400 }),
  "url-in-error": ({ url }) => json({ title: "Bad", detail: `No such thing: ${url}`, status: 400 }, { status: 400 }),
  unauthenticated: () => json({ title: "Unauthenticated", detail: "Your token is wrong", status: 401 }, { status: 401 }),
  "no-id": () => json({ status: "starting" }, { status: 201 }),
  "odd-id": () => json({ id: "../account", status: "starting" }, { status: 201 }),
  array: () => json([1, 2], { status: 201 }),
  "foreign-stream": () => json({ id: "foreign", status: "starting", urls: { stream: "https://evil.example/stream" } }, { status: 201 }),
  "password-stream": ({ url }) =>
    json({ id: "foreign", status: "starting", urls: { stream: url.replace("//", "//user:pass@") } }, { status: 201 }),
  "big-number": () =>
    new Response('{ "id":"n1", "input" : {"seed": 12345678901234567890, "cfg": 7.0}, "output":"a\\u00e9\\"}{", "status":"processing"}', {
      status: 201,
      headers: { "content-type": "application/json" },
    }),
};
for (const name of ["redirect", "html200", "html503", "silent", "events"]) {
  odd[`stream-${name}`] = ({ url }) =>
    json(
      { id: `s-${name}`, status: "starting", urls: { get: url, cancel: url, stream: new URL(`/odd/${name}`, url).href } },
      { status: 201 },
    );
}

/**
 * @returns the upstream's `url` (with `/v1`) and `host`, its `sandbox`, the `log` of requests, `events` (streams under
 * "/odd/events", each with `send`, `end` and whether its reader has `left`), and `close`
 */
export async function startUpstream(sandboxOptions = {}) {
  const sandbox = createSandbox({ token, stepMs: 0, ...sandboxOptions });
  const log = [];
  const events = [];

  async function answer(request) {
    const { pathname, search } = new URL(request.url);
    const entry = { method: request.method, path: pathname + search, headers: Object.fromEntries(request.headers), left: false };
    request.signal.addEventListener("abort", () => (entry.left = true));
    log.push(entry);
    if (pathname === "/odd/arrived") return until(() => log.some(isSilent)).then(() => new Response());
    if (pathname === "/odd/events") return openEvents(request, events);
    const isUpload = (entry.headers["content-type"] ?? "").startsWith("multipart/");
    const body = request.body && !isUpload ? await request.text() : undefined;
    entry.body = body;
    const name = pathname.startsWith("/odd/") ? pathname.slice(5) : /"prompt":\s*"@([\w-]+)"/.exec(body)?.[1];
    if (name) return odd[name](request);
    return sandbox(
      body === undefined
        ? request
        : new Request(request.url, { method: request.method, headers: request.headers, body, signal: request.signal }),
    );
  }

  const server = await listen(toNodeHandler(answer));
  return { url: `${server.origin}/v1`, host: new URL(server.origin).host, sandbox, log, events, close: server.close };
}

const isSilent = ({ body, left }) => !left && body?.includes('"@silent"');

function openEvents(request, events) {
  let stream;
  const body = new ReadableStream({ start: (controller) => (stream = controller) });
  events.push({
    headers: Object.fromEntries(request.headers),
    left: () => request.signal.aborted,
    send: (text) => stream.enqueue(new TextEncoder().encode(text)),
    end: () => stream.close(),
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

/** Serves a Node handler on a free port of 127.0.0.1. */
export async function listen(handler) {
  const server = createServer(handler);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { origin: `http://127.0.0.1:${server.address().port}`, close };
}

/** Waits until a condition is true, at most until the time limit of the test. */
export async function until(condition) {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2));
}
