/** A relay behind a proxy that changes the path or the host, so that the relay does not know its public URL. Over real HTTP. */
import assert from "node:assert/strict";
import { request as send } from "node:http";
import { test } from "node:test";
import { Replicate, ReplicateHome } from "replicate-wasm";
import { createRelay, toNodeHandler } from "replicate-wasm/relay";
import { createSandbox } from "replicate-wasm/sandbox";
import { serve } from "./server.mjs";

const LLAMA = "meta/meta-llama-3-8b-instruct";
const input = { prompt: "A poem about tea" };

/** Forwards each request to a server, with another path or host. */
const proxy = (to, change) => (request, response) => {
  const { path, headers } = change(request);
  const upstream = send(to + path, { method: request.method, headers: { ...request.headers, ...headers } }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  response.on("close", () => upstream.destroy());
  request.pipe(upstream);
};

const stripped = (request) => request.url.replace("/app/replicate", "");
const host = "inner.localhost:3000";

const proxies = {
  "a removed prefix": (request) => ({ path: stripped(request) }),
  "another host": (request) => ({ path: request.url, headers: { host } }),
  "a removed prefix and another host": (request) => ({ path: stripped(request), headers: { host } }),
};

const servers = {
  "the relay": (sandbox) => createRelay({ token: "r8_x", fetch: sandbox, authorize: () => "me", models: [LLAMA] }),
  "the sandbox": (sandbox) => sandbox,
};

for (const [where, change] of Object.entries(proxies)) {
  for (const [what, create] of Object.entries(servers)) {
    test(`${what} behind a proxy with ${where}: the stream opens at the first attempt, and nothing is polled`, async (t) => {
      const sandbox = createSandbox({ stepMs: 1 });
      const inner = await serve(t, toNodeHandler(create(sandbox)));
      const front = await serve(t, proxy(inner.url, change));
      const client = new Replicate({ auth: "", baseUrl: `${front.url}/app/replicate/v1` });

      const stream = client.streamText(LLAMA, { input });
      const { value } = await stream.next();
      const [{ output }] = sandbox.predictions.values();
      assert.equal(value, output[0]);
      assert.ok(!stream.prediction.urls.stream.startsWith(`${client.baseUrl}/`), "it does not know its public URL");
      await stream.text();

      const lines = front.requests.map(({ method, url }) => `${method} ${url}`);
      assert.equal(lines.length, 2, lines.join("\n"));
      assert.match(lines[1], /^GET \/app\/replicate\/v1\/predictions\/[^/]+\/stream\/[^/]+$/);
    });
  }

  test(`resume, cancel and the provider work behind a proxy with ${where}`, async (t) => {
    const sandbox = createSandbox({ stepMs: 1 });
    const relay = createRelay({ token: "r8_x", fetch: sandbox, authorize: () => "me", models: [LLAMA, "google-deepmind/gemma-2b-it"] });
    const inner = await serve(t, toNodeHandler(relay));
    const front = await serve(t, proxy(inner.url, change));
    const client = new Replicate({ auth: "", baseUrl: `${front.url}/app/replicate/v1` });

    const { id, urls } = await client.predictions.create({ model: LLAMA, input: { prompt: "[hang] tea" } });
    const resumed = client.resume(id);
    await resumed.next();
    await resumed.cancel();
    assert.equal((await (await client.request(urls.get)).json()).status, "canceled");

    const chunks = [];
    const home = ReplicateHome.createAsyncGenerator({ prompt: "tea", proxy: `${front.url}/app/replicate`, pollIntervalMs: 1 });
    for await (const chunk of home) chunks.push(chunk);
    assert.equal(chunks.join(""), [...sandbox.predictions.values()].at(-1).output.join(""));
  });
}
