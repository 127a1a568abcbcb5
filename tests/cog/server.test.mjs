// Tests of the fixture: each model behaves as described, and no server outlives its test.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { startProxy } from "./proxy.mjs";
import { chunks, drain, newId, only, put, putStream } from "./requests.mjs";
import { startCog } from "./server.mjs";

/** Runs a prediction without a stream. */
async function run(cog, input) {
  await cog.idle();
  return (await put(cog.url, input)).json();
}

/** A test with its own server. */
const withCog = (options, body) => async () => {
  const cog = await startCog(options);
  try {
    await body(cog);
  } finally {
    await cog.stop();
  }
};

describe("the text model", () => {
  let cog;
  before(async () => (cog = await startCog({ runner: "text" })));
  after(() => cog.stop());

  test("streams its words in order, and together they are its output", async () => {
    const id = newId();
    const input = { prompt: "Tell me of the tide", max_tokens: 30, delay_ms: 0 };
    const { received } = await drain(await putStream(cog.url, input, { id }));
    const [start, completed] = [received.at(0), received.at(-1)];
    assert.deepEqual(start, { event: "start", id, status: "processing" });
    assert.equal(completed.status, "succeeded");
    assert.equal(chunks(received).length, 30);
    assert.deepEqual(chunks(received), completed.output);
    assert.match(completed.output.join(""), /^ \w+( \w+)+/);
    assert.equal(completed.metrics.output_token_count, 30);
    assert.deepEqual(only("log", received).map(({ data }) => data), ["prompt: 5 words\n"]);
  });

  test("outputs the same for the same seed and something else for another", async () => {
    const input = { prompt: "Once", max_tokens: 20, delay_ms: 0 };
    const one = await run(cog, { ...input, seed: 7 });
    const again = await run(cog, { ...input, seed: 7 });
    const other = await run(cog, { ...input, seed: 8 });
    assert.equal(one.output.length, 20);
    assert.deepEqual(one.output, again.output);
    assert.notDeepEqual(one.output, other.output);
  });

  test("refuses an input that does not match its schema", async () => {
    const response = await putStream(cog.url, { prompt: 5 });
    assert.equal(response.status, 422);
    assert.deepEqual((await response.json()).detail[0].loc, ["body", "input", "prompt"]);
  });

  test("is cut once in mid-stream by the proxy", async (t) => {
    const proxy = await startProxy(cog.url, { afterBytes: 700 });
    t.after(() => proxy.stop());
    const input = { prompt: "Once", max_tokens: 40, delay_ms: 0 };
    await cog.idle();
    const first = await drain(await putStream(proxy.url, input));
    assert.ok(first.cut);
    assert.ok(chunks(first.received).length > 0);
    assert.ok(chunks(first.received).length < 40);
    await cog.idle();
    const second = await drain(await putStream(proxy.url, input));
    assert.equal(second.cut, false);
    assert.equal(chunks(second.received).length, 40);
    assert.equal(proxy.cuts(), 1);
  });
});

describe("the image model", () => {
  let cog;
  before(async () => (cog = await startCog({ runner: "image" })));
  after(() => cog.stop());

  test("outputs a PNG of the requested size as a data URI", async () => {
    const { output } = await run(cog, { prompt: "a lighthouse", width: 48, height: 32 });
    const [type, base64] = output.split(",");
    const png = Buffer.from(base64, "base64");
    assert.equal(type, "data:image/png;base64");
    assert.equal(png.subarray(0, 8).toString("latin1"), "\x89PNG\r\n\x1a\n");
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [48, 32]);
  });

  test("draws the same for the same prompt and something else for another", async () => {
    const one = await run(cog, { prompt: "a", width: 8, height: 8 });
    const again = await run(cog, { prompt: "a", width: 8, height: 8 });
    const other = await run(cog, { prompt: "b", width: 8, height: 8 });
    assert.equal(one.output, again.output);
    assert.notEqual(one.output, other.output);
  });

  test("reads an input file from a data URI", async () => {
    const source = `data:text/plain;base64,${btoa("hello")}`;
    const { status, logs } = await run(cog, { prompt: "a", width: 8, height: 8, source });
    assert.equal(status, "succeeded");
    assert.equal(logs, "source: 5 bytes\n");
  });
});

describe("the other models", { concurrency: 2 }, () => {
  test("plain refuses an event stream and answers at the end", withCog({ runner: "plain" }, async (cog) => {
    assert.equal((await putStream(cog.url, { prompt: "Once" })).status, 406);
    assert.deepEqual(cog.journal(), []);
    const { status, output } = await run(cog, { prompt: "Once", max_tokens: 5 });
    assert.equal(status, "succeeded");
    assert.equal(output.length, 5);
  }));

  test("failing sends its logs and then its error; without a stream the logs are lost", withCog({ runner: "failing" }, async (cog) => {
    const { received } = await drain(await putStream(cog.url, { message: "no luck", max_tokens: 1 }));
    assert.deepEqual(received.map(({ event }) => event), ["start", "log", "log", "output", "completed"]);
    const { status, error, logs } = received.at(-1);
    assert.equal(status, "failed");
    assert.match(error, /ValueError: no luck$/);
    assert.equal(logs, "loading weights\nweights are damaged\n");
    assert.deepEqual(cog.journal(), ["run", "failed"]);
    assert.equal((await run(cog, { message: "no luck" })).logs, "");
  }));

  test("gated answers 503, and 406 to a request for events, until it is released", withCog({ runner: "gated", untilReady: false }, async (cog) => {
    assert.equal((await cog.health()).status, "STARTING");
    assert.equal((await put(cog.url, {})).status, 503);
    assert.equal((await putStream(cog.url, {})).status, 406);
    assert.deepEqual(cog.journal(), []);
    cog.release();
    await cog.idle();
    const { received } = await drain(await putStream(cog.url, { prompt: "yes" }));
    assert.deepEqual(chunks(received), ["yes"]);
    assert.deepEqual(cog.journal(), ["setup", "run", "finished"]);
  }));

  test("a failed setup shows in the health check, and requests get the same 503", withCog({ runner: "gated", untilReady: false, setupError: "no weights" }, async (cog) => {
    cog.release();
    await cog.until(async () => (await cog.health()).status === "SETUP_FAILED");
    assert.match((await cog.health()).setup.logs, /no weights/);
    assert.equal((await put(cog.url, {})).status, 503);
  }));

  test("mixed repeats an index, so only the position in the stream identifies an output", withCog({ runner: "mixed" }, async (cog) => {
    const outputs = only("output", (await drain(await putStream(cog.url, { prompt: "dusk" }))).received);
    assert.deepEqual(outputs.map(({ chunk }) => chunk.slice(0, 10)), ["dusk 0", "data:image", "dusk 1", "data:image"]);
    assert.deepEqual(outputs.map(({ index }) => index), [0, 1, 1, 3]);
  }));
});

test("a server ends with the process that started it, even if that is killed", async (t) => {
  const temporary = mkdtempSync(join(tmpdir(), "cog-starter-")); // a killed process does not remove its folder
  t.after(() => rmSync(temporary, { recursive: true, force: true }));
  const script = `
    const { startCog } = await import(${JSON.stringify(new URL("./server.mjs", import.meta.url))});
    const { url, until } = await startCog({ runner: "slow" });
    console.log(url);
    await until(() => false, "for ever", 60_000);`;
  const starter = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, TMPDIR: temporary },
  });
  const [line] = await once(starter.stdout, "data");
  const health = () => fetch(`${String(line).trim()}/health-check`);
  assert.equal((await health()).status, 200);
  starter.kill("SIGKILL");
  await once(starter, "exit");
  while (await health().then(() => true, () => false));
});

describe("Cog 0.16", { concurrency: 2 }, () => {
  test("has no event streams: it answers a request for events with JSON at the end", withCog({ runner: "text", version: "0.16" }, async (cog) => {
    const response = await putStream(cog.url, { prompt: "Once", max_tokens: 5, delay_ms: 0 });
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type"), /^application\/json/);
    const { status, output } = await response.json();
    assert.equal(status, "succeeded");
    assert.equal(output.length, 5);
    assert.deepEqual(cog.journal(), ["run", "finished"]);
  }));

  test("outputs a PNG as a data URI", withCog({ runner: "image", version: "0.16" }, async (cog) => {
    const { status, output } = await run(cog, { prompt: "a", width: 8, height: 8 });
    assert.equal(status, "succeeded");
    assert.match(output, /^data:image\/png;base64,/);
  }));

  test("answers a cancelled prediction with the output so far", withCog({ runner: "slow", version: "0.16" }, async (cog) => {
    const id = newId();
    const answer = put(cog.url, {}, { id });
    await cog.until(() => cog.journal().includes("waiting"));
    assert.equal((await fetch(`${cog.url}/predictions/${id}/cancel`, { method: "POST" })).status, 200);
    const { status, output } = await (await answer).json();
    assert.equal(status, "canceled");
    assert.equal(output.length, 3);
    assert.deepEqual(cog.journal(), ["run", "waiting", "canceled"]);
  }));

  test("answers a failure with its error and its logs", withCog({ runner: "failing", version: "0.16" }, async (cog) => {
    const { status, error, logs } = await run(cog, { message: "no luck" });
    assert.equal(status, "failed");
    assert.match(error, /no luck$/);
    assert.match(logs, /^loading weights\n/);
  }));
});
