import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { toNodeHandler } from "../../src/relay/index.js";
import { createRelays, hello } from "./relays.mjs";
import { listen, startUpstream, token, until } from "./upstream.mjs";
import { startWorker } from "./workerd.mjs";

const entry = fileURLToPath(new URL("worker.mjs", import.meta.url));
const places = {
  Node: (upstream) => listen(toNodeHandler(createRelays({ token, upstream }))),
  workerd: (upstream) => startWorker({ entry }, { bindings: { TOKEN: token, UPSTREAM: upstream } }),
};

for (const [place, startRelay] of Object.entries(places)) {
  describe(`streams in ${place}`, { timeout: 60_000 }, () => {
    let upstream;
    let relay;
    before(async () => {
      upstream = await startUpstream();
      relay = await startRelay(upstream.url);
    });
    after(async () => {
      await relay.close();
      await upstream.close();
    });

    const authorization = "Bearer alice";
    async function create(prompt, caller = authorization, mount = "strict") {
      const body = JSON.stringify({ version: hello.version, input: { prompt, text: prompt } });
      const answer = await fetch(`${relay.origin}/${mount}/v1/predictions`, {
        method: "POST",
        headers: { authorization: caller, "content-type": "application/json" },
        body,
      });
      return { status: answer.status, prediction: await answer.json() };
    }
    /** Opens the relay's stream of a prediction whose events the test sends. */
    async function open({ headers, caller = authorization, mount } = {}) {
      const { prediction } = await create("@stream-events", caller, mount);
      const controller = new AbortController();
      const count = upstream.events.length;
      const answer = await fetch(prediction.urls.stream, { headers: { authorization: caller, ...headers }, signal: controller.signal });
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      return {
        answer,
        leave: () => controller.abort(),
        read: async () => (await reader.read()).value,
        source: upstream.events[count],
        prediction,
      };
    }

    /** Outside of Cloudflare's network workerd notices only at its next write that a reader has left. */
    const untilLeft = (source) =>
      until(() => {
        if (!source.left() && place === "workerd") source.send(": still here\n\n");
        return source.left();
      });

    test("an event arrives while the stream stays open", async () => {
      const { answer, read, source, leave } = await open();
      for (const event of ["id: 1\ndata: one\n\n", "id: 2\ndata: two\n\n"]) {
        source.send(event);
        assert.equal(await read(), event);
      }
      assert.equal(answer.headers.get("x-accel-buffering"), "no");
      assert.match(answer.headers.get("cache-control"), /no-store/);
      leave();
    });

    test("nothing is compressed, whatever the caller accepts", async () => {
      const { answer, source, leave } = await open({ headers: { "accept-encoding": "gzip, br" } });
      assert.equal(answer.headers.get("content-encoding"), null);
      assert.equal(source.headers["accept-encoding"], "identity");
      leave();
    });

    test("Last-Event-ID is passed on, and the token is not", async () => {
      const { source, leave } = await open({ headers: { "last-event-id": "1690212292:7" } });
      assert.equal(source.headers["last-event-id"], "1690212292:7");
      assert.equal(source.headers.authorization, undefined);
      leave();
    });

    test("the end of a stream is passed on", async () => {
      const { read, source } = await open();
      source.send("event: done\ndata: {}\n\n");
      source.end();
      assert.equal(await read(), "event: done\ndata: {}\n\n");
      assert.equal(await read(), undefined);
    });

    test("a caller who leaves a stream ends it at Replicate and cancels nothing", async () => {
      const { read, source, leave } = await open();
      source.send("data: one\n\n");
      await read();
      leave();
      await untilLeft(source);
      assert.equal(upstream.log.filter(({ path }) => path.endsWith("/cancel")).length, 0);
    });

    /** Sends a create that Replicate never answers, and leaves when it has arrived there. */
    async function createAndLeave(caller, mount) {
      const headers = { authorization: caller, "content-type": "application/json", ...(place === "workerd" && { "x-leave": "yes" }) };
      const outgoing = request(`${relay.origin}/${mount}/v1/predictions`, { method: "POST", headers });
      outgoing.on("error", () => {});
      const count = upstream.log.length;
      outgoing.end(JSON.stringify({ version: hello.version, input: { prompt: "@silent" } }));
      const entry = () => upstream.log.slice(count).find(({ body }) => body?.includes("@silent"));
      await until(entry);
      if (place !== "workerd") outgoing.destroy();
      await until(() => entry().left);
      outgoing.destroy();
    }

    test("a caller who leaves before the first byte ends the request at Replicate", async () => {
      await createAndLeave(authorization, "strict");
      assert.equal(upstream.log.filter(({ body }) => body?.includes("@silent")).length, 1, "the create was sent again");
    });

    test("the event done frees a slot; leaving a stream does not, nor does an end without it", async () => {
      const caller = "Bearer bob";
      const first = await open({ caller, mount: "busy" });
      const second = await open({ caller, mount: "busy" });
      first.leave();
      await untilLeft(first.source);
      assert.equal((await create("[hang]", caller, "busy")).status, 429);
      const third = await open({ caller: "Bearer barbara", mount: "busy" });
      await open({ caller: "Bearer barbara", mount: "busy" });
      third.source.end();
      assert.equal(await third.read(), undefined);
      assert.equal((await create("[hang]", "Bearer barbara", "busy")).status, 429);
      second.source.send("event: done\ndata: {}\n\n");
      assert.match(await second.read(), /done/);
      assert.equal((await create("[hang]", caller, "busy")).status, 201);
      assert.equal((await create("[hang]", caller, "busy")).status, 429);
    });

    test("before a caller is refused, slots of ended predictions are freed", async () => {
      const caller = "Bearer carol";
      assert.equal((await create("hi", caller, "busy")).status, 201); // ended, but not polled
      assert.equal((await create("[hang]", caller, "busy")).status, 201);
      assert.equal((await create("[hang]", caller, "busy")).status, 201);
      assert.equal((await create("[hang]", caller, "busy")).status, 429);
    });

    test("a create that Replicate has refused frees its slot, and one without an answer keeps it", async () => {
      const caller = "Bearer dave";
      for (let i = 0; i < 3; i++) assert.equal((await create("@html503", caller, "busy")).status, 503);
      await createAndLeave(caller, "busy");
      assert.equal((await create("[hang]", caller, "busy")).status, 201);
      assert.equal((await create("[hang]", caller, "busy")).status, 429);
    });

    test("two hundred streams are open at the same time", async () => {
      const { prediction } = await create("@stream-events");
      const before = upstream.events.length;
      const controller = new AbortController();
      const answers = await Promise.all(
        Array.from({ length: 200 }, () => fetch(prediction.urls.stream, { headers: { authorization }, signal: controller.signal })),
      );
      assert.ok(answers.every(({ status }) => status === 200));
      const opened = upstream.events.slice(before);
      assert.equal(opened.length, 200);
      for (const source of opened) source.send("data: x\n\n");
      const chunks = await Promise.all(answers.map((answer) => answer.body.getReader().read()));
      assert.ok(chunks.every(({ value }) => value.length === 9));
      controller.abort();
      await Promise.all(opened.map(untilLeft));
    });
  });
}

test("a reader that does not read slows Replicate down and fills no memory", { timeout: 60_000 }, async () => {
  let pulled = 0;
  const chunk = new Uint8Array(64 * 1024);
  const endless = () =>
    new Response(new ReadableStream({ pull: (stream) => (pulled++, stream.enqueue(chunk)) }), {
      headers: { "content-type": "text/event-stream" },
    });
  const fetch = async (url) =>
    url.includes("/odd")
      ? endless()
      : Response.json({ id: "p1", status: "starting", urls: { stream: "https://stream.replicate.com/odd" } }, { status: 201 });
  const { createRelay } = await import("../../src/relay/index.js");
  const server = await listen(toNodeHandler(createRelay({ token, fetch, authorize: () => "alice", models: ["meta/*"] })));
  const created = await globalThis.fetch(`${server.origin}/v1/models/meta/llama/predictions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"input":{}}',
  });
  const { urls } = await created.json();
  const outgoing = request(urls.stream).end();
  const [answer] = await once(outgoing, "response");
  let before;
  do {
    before = pulled;
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    await new Promise((resolve) => setTimeout(resolve, 20));
  } while (pulled !== before);
  assert.ok(pulled > 0 && pulled * chunk.length < 32 * 1024 * 1024, `${pulled} chunks`);
  answer.destroy();
  await server.close();
});
