// A page that is offline or hidden: no create is repeated, and when it returns the client polls at once.

import { test } from "node:test";
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { inEachEngine } from "../engines/engines.mjs";
import { CREATE, GET, OPEN, openClient, startReading, until } from "./client-page.mjs";

/** Starts a run that polls every eleven days, unless an event of the page wakes it. */
const runForDays = (page) =>
  page.evaluate(() => {
    globalThis.output = client.run(LLAMA, { input: { prompt: "tea" }, wait: { mode: "poll", interval: 1e9 } });
  });

/** Hides or shows the page, like a change of the tab. */
const become = (page, visibilityState) =>
  page.evaluate((visibilityState) => {
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => visibilityState });
    document.dispatchEvent(new Event("visibilitychange"));
  }, visibilityState);

inEachEngine((engine) => {
  test("a create whose kept-alive connection is lost is sent once by the client, and its outcome is unknown", async (t) => {
    let creates = 0;
    const http = createServer((request, response) => {
      response.setHeader("access-control-allow-origin", "*").setHeader("access-control-allow-headers", "*");
      if (request.method === "OPTIONS") response.writeHead(204);
      if (request.method !== "POST") return response.end();
      creates++;
      request.resume().on("end", () => request.socket.resetAndDestroy());
    }).listen(0, "127.0.0.1");
    await once(http, "listening");
    t.after(() => (http.closeAllConnections(), http.close()));

    const { page } = await openClient(t, engine);
    const ways = await page.evaluate(async (origin) => {
      const sent = [];
      const fetch = (url, init) => (sent.push(`${init.method} ${url}`), globalThis.fetch(url, init));
      const client = new lib.Replicate({ baseUrl: `${origin}/v1`, fetch });
      const input = { prompt: "tea" };
      const calls = {
        run: () => client.run(LLAMA, { input }),
        stream: () => client.stream(LLAMA, { input }).next(),
        streamText: () => client.streamText(LLAMA, { input }).text(),
        create: () => client.predictions.create({ model: LLAMA, input }),
        deployment: () => client.deployments.predictions.create("a", "b", { input }),
      };
      const told = {};
      for (const [way, call] of Object.entries(calls)) {
        sent.length = 0;
        // Opens connections that the browser may use again for the create.
        await Promise.all([1, 2, 3].map((at) => globalThis.fetch(`${origin}/${way}${at}`)));
        const { code } = await call().catch((error) => error);
        told[way] = [code, sent.length];
      }
      return told;
    }, `http://127.0.0.1:${http.address().port}`);
    for (const [way, told] of Object.entries(ways)) assert.deepEqual(told, ["unknown_outcome", 1], way);
    t.diagnostic(`${engine.name} made ${creates} requests of 5`);
  });

  test("a page that is online again polls at once", async (t) => {
    const { page, lines, predictions } = await openClient(t, engine);
    await runForDays(page);
    await until(() => lines().length === 1);
    await page.setOffline(true);
    await page.waitFor(() => !navigator.onLine);
    assert.deepEqual(lines(), [CREATE]);
    await page.setOffline(false);
    assert.deepEqual(await page.evaluate(() => output), predictions()[0].output);
    assert.deepEqual(lines(), [CREATE, GET]);
  });

  test("a page that becomes visible polls at once, and one that becomes hidden sends nothing", async (t) => {
    const { page, lines, predictions } = await openClient(t, engine);
    await runForDays(page);
    await until(() => lines().length === 1);
    await become(page, "hidden");
    await page.evaluate(() => fetch("/relay/v1/account").then(() => {})); // earlier requests have arrived too
    assert.deepEqual(lines(), [CREATE, "GET /relay/v1/account"]);
    await become(page, "visible");
    assert.deepEqual(await page.evaluate(() => output), predictions()[0].output);
    assert.deepEqual(lines(), [CREATE, "GET /relay/v1/account", GET]);
  });

  test("a hidden page keeps its stream, and when it is shown it polls once and reads on", async (t) => {
    const { page, lines, count, predictions } = await openClient(t, engine, { stepMs: 20 });
    await page.evaluate(async () => {
      globalThis.stream = client.streamText(LLAMA, { input: { prompt: "tea" } });
      await stream.next();
      globalThis.text = stream.text();
    });
    await become(page, "hidden");
    await become(page, "visible");
    await until(() => count(GET) === 1);
    assert.equal(await page.evaluate(() => text), predictions()[0].output.join(""));
    assert.deepEqual(lines(), [CREATE, OPEN, GET]);
  });

  test("a stream that breaks while the page is offline resumes when it is online, without a lost or repeated token", async (t) => {
    const { page, server, answer, count, predictions } = await openClient(t, engine, { stepMs: 20 });
    const network = new AbortController();
    server.sandbox = async (request) => {
      const response = await answer(request);
      if (!request.url.includes("/stream/") || network.signal.aborted) return response;
      return new Response(response.body.pipeThrough(new TransformStream(), { signal: network.signal }), response);
    };
    await startReading(page);
    await page.setOffline(true);
    await page.waitFor(() => !navigator.onLine);
    network.abort();
    const asked = count(OPEN);
    await until(() => predictions()[0].status === "succeeded");
    assert.equal(count(OPEN), asked, "an offline page sends nothing");
    await page.setOffline(false);
    await page.evaluate(() => finished);
    assert.deepEqual(await page.evaluate(() => texts.join("")), predictions()[0].output.join(""));
    assert.equal(count(OPEN), asked + 1);
    assert.equal(count(CREATE), 1);
  });

  test("a create in an offline page is sent once when the page is online", async (t) => {
    const { page, count, predictions } = await openClient(t, engine);
    await page.setOffline(true);
    await page.waitFor(() => !navigator.onLine);
    await page.evaluate(() => {
      globalThis.output = client.run(LLAMA, { input: { prompt: "tea" } });
    });
    await page.setOffline(false);
    assert.deepEqual(await page.evaluate(() => output), predictions()[0].output);
    assert.equal(count(CREATE), 1);
  });
});
