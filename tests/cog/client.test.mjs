// The client with real Cog servers: the current version, and an older one without event streams. Both give the same results.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Cog } from "replicate-wasm";
import { startCog } from "./server.mjs";

for (const version of ["current", "0.16"]) {
  describe(`Cog ${version}`, { concurrency: 2 }, () => {
    /** A test with its own server and a client. */
    const withModel = (runner, body) => async (t) => {
      const server = await startCog({ runner, version });
      t.after(() => server.stop());
      await body(server, new Cog({ baseUrl: server.url }));
    };

    test("run() and streamText() deliver the model's tokens, each with one run of the model", withModel("text", async (server, cog) => {
      const input = { prompt: "Once", max_tokens: 20, delay_ms: 0 };
      const output = await cog.run({ input });
      assert.equal(output.length, 20);
      await server.idle();
      const texts = [];
      for await (const text of cog.streamText({ input })) texts.push(text);
      assert.deepEqual(texts, output);
      assert.deepEqual(server.journal(), ["run", "finished", "run", "finished"]);
    }));

    test("a picture is a FileOutput", withModel("image", async (_, cog) => {
      const file = await cog.run({ input: { prompt: "a lake", width: 16, height: 8, source: new Blob(["pixels"]) } });
      assert.deepEqual([...(await file.bytes())].slice(0, 4), [0x89, 0x50, 0x4e, 0x47], "a PNG");
    }));

    test("the error of a failure has the model's error and its logs", withModel("failing", async (server, cog) => {
      const error = await cog.run({ input: { message: "no luck" } }).then(assert.fail, (error) => error);
      assert.equal(error.code, "failed");
      assert.match(error.message, /no luck$/);
      assert.match(error.logs, /^loading weights\n/);
      assert.deepEqual(server.journal(), ["run", "failed"]);
    }));

    test("cancel() stops the model", withModel("slow", async (server, cog) => {
      const stream = cog.stream({ input: {} });
      const first = stream.next();
      await server.until(() => server.journal().includes("waiting"));
      await stream.cancel();
      await first;
      await server.until(() => server.journal().includes("canceled"));
      await server.idle();
      assert.deepEqual(server.journal(), ["run", "waiting", "canceled"]);
    }));

    test("an abort stops the model and rejects with its reason", withModel("slow", async (server, cog) => {
      const abort = new AbortController();
      const output = cog.run({ input: {}, signal: abort.signal }).then(assert.fail, (error) => error);
      await server.until(() => server.journal().includes("waiting"));
      const reason = new Error("Enough");
      abort.abort(reason);
      assert.equal(await output, reason);
      await server.until(() => server.journal().includes("canceled"));
      assert.deepEqual(server.journal(), ["run", "waiting", "canceled"]);
    }));

    test("health() says that the server is ready", withModel("plain", async (_, cog) => {
      assert.equal((await cog.health()).status, "READY");
    }));
  });
}
