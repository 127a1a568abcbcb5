// Leaving streams in a page: the connections are closed and the predictions cancelled.

import { test } from "node:test";
import assert from "node:assert/strict";
import { inEachEngine } from "../engines/engines.mjs";
import { CANCEL, CREATE, openClient, until, withStreamsElsewhere } from "./client-page.mjs";

const isStream = ({ url }) => url.includes("/stream/");

/** The cancel is refused, so only a closed connection ends the event stream. */
const deaf = "[hang] [500@cancel] tea";

inEachEngine((engine) => {
  test("break closes the connection to the server", async (t) => {
    const { page, asked, predictions } = await openClient(t, engine);
    const text = await page.evaluate(async (prompt) => {
      for await (const text of client.streamText(LLAMA, { input: { prompt } })) return text;
    }, deaf);
    assert.equal(text, predictions()[0].output[0]);
    await until(() => asked.find(isStream).signal.aborted);
  });

  test("break cancels the prediction, once", async (t) => {
    const { page, count, predictions } = await openClient(t, engine);
    await page.evaluate(async () => {
      for await (const _ of client.stream(LLAMA, { input: { prompt: "[hang] tea" } })) break;
    });
    await until(() => predictions()[0].status === "canceled");
    assert.equal(count(CANCEL), 1);
  });

  test("an abort closes the connection, cancels the prediction and rejects with its reason", async (t) => {
    const { page, asked, count, predictions } = await openClient(t, engine);
    const stop = async (prompt) => {
      const abort = new AbortController();
      const reason = new Error("Enough");
      try {
        for await (const _ of client.stream(LLAMA, { input: { prompt }, signal: abort.signal })) abort.abort(reason);
      } catch (error) {
        return error === reason;
      }
    };
    assert.ok(await page.evaluate(stop, deaf));
    await until(() => asked.find(isStream).signal.aborted);
    assert.ok(await page.evaluate(stop, "[hang] coffee"));
    await until(() => predictions()[1].status === "canceled");
    assert.equal(count(CANCEL), 2);
  });

  test("with cancelOnBreak: false the connection is closed and the prediction runs on", async (t) => {
    const { page, asked, count, predictions } = await openClient(t, engine);
    await page.evaluate(async () => {
      for await (const _ of client.stream(LLAMA, { input: { prompt: "[hang] tea" }, cancelOnBreak: false })) break;
    });
    const open = asked.find(isStream);
    await until(() => open.signal.aborted);
    await page.evaluate(() => client.accounts.current()); // earlier requests have arrived too
    assert.equal(count(CANCEL), 0);
    assert.equal(predictions()[0].status, "processing");
  });

  test("a cancel arrives when the page is left right after it", async (t) => {
    const { page, predictions } = await openClient(t, engine);
    await page.evaluate(async () => {
      globalThis.stream = client.stream(LLAMA, { input: { prompt: "[hang] tea" } });
      await stream.next();
    });
    await page.evaluate(() => {
      stream.cancel();
      location.assign("about:blank");
    });
    await until(() => predictions()[0].status === "canceled");
  });

  test("a cancel that is sent in pagehide arrives", async (t) => {
    if (engine.name === "Firefox") return t.skip("Firefox loses a part of what is sent in pagehide while a stream is open");
    const { page, predictions } = await openClient(t, engine);
    await page.evaluate(async () => {
      const stream = client.stream(LLAMA, { input: { prompt: "[hang] tea" } });
      await stream.next();
      addEventListener("pagehide", () => void stream.cancel());
    });
    await page.goto("about:blank");
    await until(() => predictions()[0].status === "canceled");
  });

  test("disposal of a stream cancels its prediction", async (t) => {
    const { page, predictions } = await openClient(t, engine);
    if (!(await page.evaluate(() => "asyncDispose" in Symbol))) return t.skip(`${engine.name} has no Symbol.asyncDispose`);
    const ended = await page.evaluate(async () => {
      const stream = client.stream(LLAMA, { input: { prompt: "[hang] tea" } });
      await stream.next();
      await stream[Symbol.asyncDispose]();
      return stream.next();
    });
    assert.deepEqual(ended, { done: true, value: undefined });
    await until(() => predictions()[0].status === "canceled");
  });

  test("without Symbol.asyncDispose no method has a wrong name in its place", async (t) => {
    const { page } = await openClient(t, engine);
    const names = await page.evaluate(() => {
      const stream = client.stream(LLAMA, { input: { prompt: "tea" } });
      const all = [];
      for (let object = stream; object; object = Object.getPrototypeOf(object)) all.push(...Reflect.ownKeys(object).map(String));
      return all;
    });
    assert.ok(names.includes("next"));
    assert.ok(!names.includes("undefined"), `${names}`);
  });

  test("closing a page closes its connection and cancels nothing", async (t) => {
    const { page, asked, predictions } = await openClient(t, engine);
    await page.evaluate(() => client.stream(LLAMA, { input: { prompt: "[hang] tea" } }).next().then(() => {}));
    await page.close();
    await until(() => asked.find(isStream).signal.aborted);
    assert.equal(predictions()[0].status, "processing");
  });

  test("two hundred streams are open at the same time, each gets its own text, and all are closed", async (t) => {
    const { page, server, answer, asked, count, predictions } = await openClient(t, engine);
    // A browser opens six connections to a host, so the streams use forty host names of this machine.
    const { port } = new URL(server.url);
    let created = 0;
    server.sandbox = withStreamsElsewhere(answer, () => `s${created++ % 40}.localhost:${port}`);

    const begun = await page.evaluate(async () => {
      const begin = (_, i) => client.streamText(LLAMA, { input: { prompt: `[hang] tea ${i}` }, cancelOnBreak: false });
      globalThis.streams = Array.from({ length: 200 }, begin);
      const first = await Promise.all(streams.map((stream) => stream.next()));
      return first.map(({ value }, i) => [streams[i].id, value]);
    });
    const outputs = new Map(predictions().map(({ id, output }) => [id, output]));
    assert.equal(new Set(begun.map(([id]) => id)).size, 200);
    for (const [id, text] of begun) assert.equal(text, outputs.get(id)[0]);
    const open = asked.filter(isStream);
    assert.equal(open.length, 200);
    assert.ok(open.every(({ signal }) => !signal.aborted), "all at the same time");

    await page.evaluate(() => Promise.all(streams.map((stream) => stream.return())).then(() => {}));
    await until(() => open.every(({ signal }) => signal.aborted));

    const read = await page.evaluate(async () => {
      const whole = Array.from({ length: 200 }, (_, i) => client.streamText(LLAMA, { input: { prompt: `coffee ${i}` } }));
      const texts = await Promise.all(whole.map((stream) => stream.text()));
      return texts.map((text, i) => [whole[i].id, text]);
    });
    const texts = new Map(predictions().map(({ id, output }) => [id, output.join("")]));
    for (const [id, text] of read) assert.equal(text, texts.get(id));
    assert.equal(count(CREATE), 400, "one create each");
  });
});
