// Tokens and base URLs in a page.

import { test } from "node:test";
import assert from "node:assert/strict";
import { inEachEngine } from "../engines/engines.mjs";
import { openClient, withStreamsElsewhere } from "./client-page.mjs";

/** The error of the constructor in the page, or null. */
const refusal = (page, options) =>
  page.evaluate((options) => {
    try {
      new lib.Replicate(options);
      return null;
    } catch ({ code, message, stack }) {
      return { code, message, stack };
    }
  }, options);

inEachEngine((engine) => {
  test("a token in a page is refused and not shown", async (t) => {
    const { page, asked } = await openClient(t, engine);
    for (const options of [{ auth: "r8_s3cret" }, { auth: "r8_s3cret", baseUrl: "/relay/v1" }]) {
      const { code, message, stack } = await refusal(page, options);
      assert.equal(code, "unsafe_auth");
      assert.match(message, /relay.*dangerouslyAllowBrowser/);
      assert.doesNotMatch(message + stack, /s3cret/);
    }
    assert.equal(asked.length, 0);
  });

  test("without a baseUrl the error in a page says to use a relay", async (t) => {
    const { page } = await openClient(t, engine);
    for (const options of [undefined, {}, { maxRetries: 1 }]) {
      const { code, message } = await refusal(page, options);
      assert.equal(code, "invalid_argument");
      assert.match(message, /baseUrl.*relay/);
    }
    assert.equal(await refusal(page, { baseUrl: "/relay/v1" }), null);
    assert.equal(await refusal(page, { auth: "r8_s3cret", dangerouslyAllowBrowser: true }), null);
  });

  test("a worker has the same rules", async (t) => {
    const { page } = await openClient(t, engine);
    const told = await page.evaluate(async () => {
      const code = `
        import init, { Replicate } from "${location.origin}/pkg/index.js";
        await init();
        const code = (options) => { try { new Replicate(options); } catch (error) { return error.code; } };
        const client = new Replicate({ baseUrl: "${location.origin}/relay/v1" });
        const text = await client.streamText("${LLAMA}", { input: { prompt: "tea" } }).text();
        postMessage({ codes: [code({ auth: "r8_s3cret" }), code({})], text });`;
      const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })), { type: "module" });
      return new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = reject;
      });
    });
    assert.deepEqual(told.codes, ["unsafe_auth", "invalid_argument"]);
    assert.ok(told.text.length > 20);
  });

  test("a relative baseUrl is on the page's own server, and the token of a function goes only there", async (t) => {
    const { page, asked, predictions } = await openClient(t, engine);
    const { baseUrl, output } = await page.evaluate(async () => {
      const client = new lib.Replicate({ baseUrl: "relay/v1", auth: async () => "s3cret", headers: { "x-session": "s" } });
      const text = await client.streamText(LLAMA, { input: { prompt: "tea" } }).text();
      return { baseUrl: client.baseUrl, output: text };
    });
    assert.equal(baseUrl, `${new URL(await page.url()).origin}/relay/v1`);
    assert.equal(output, predictions()[0].output.join(""));
    for (const { headers } of asked) {
      assert.equal(headers.get("authorization"), "Bearer s3cret");
      assert.equal(headers.get("x-session"), "s");
      assert.match(headers.get("user-agent"), /Mozilla/, "a page sends the browser's own");
    }
  });

  test("a stream on another origin gets neither the token nor the page's headers", async (t) => {
    const { page, server, answer, asked, predictions } = await openClient(t, engine);
    server.sandbox = withStreamsElsewhere(answer, () => `stream.localhost:${new URL(server.url).port}`);
    const text = await page.evaluate(() => {
      const client = new lib.Replicate({ baseUrl: "/relay/v1", auth: () => "s3cret", headers: { "x-session": "s" } });
      return client.streamText(LLAMA, { input: { prompt: "tea" } }).text();
    });
    assert.equal(text, predictions()[0].output.join(""));
    const create = asked[0];
    const open = asked.find(({ url }) => new URL(url).hostname === "stream.localhost");
    assert.equal(create.headers.get("authorization"), "Bearer s3cret");
    assert.equal(open.headers.get("authorization"), null);
    assert.equal(open.headers.get("x-session"), null);
  });
});
