// The examples on servers.

import assert from "node:assert/strict";
import { startCog } from "../cog/server.mjs";
import { root } from "./blocks.mjs";
import { node } from "./fresh.mjs";

export const servers = {
  cog: [
    "a Cog server in five lines",
    async (t, code) => {
      const cog = await startCog({ runner: "text" });
      t.after(() => cog.stop());
      assert.ok(code.trim().split("\n").filter(Boolean).length <= 5);
      const printed = await node(code.replace("http://127.0.0.1:5000", cog.url), root);
      assert.ok(printed.split("\n").length > 5);
    },
  ],
  response: [
    "a server's own answer is the text as it is written, in UTF-8",
    async (t, code) => {
      const before = `import { createSandbox } from "replicate-wasm/sandbox";
        globalThis.fetch = createSandbox({ stepMs: 0, token: "r8_of-nobody" });\n`;
      const after = `
        const body = JSON.stringify({ prompt: "Grüße" });
        const answer = await POST(new Request("http://localhost/", { method: "POST", body }));
        const text = await answer.text();
        const [{ output }] = fetch.predictions.values();
        console.log(JSON.stringify({ type: answer.headers.get("content-type"), same: text === output.join(""), length: text.length }));`;
      const { type, same, length } = JSON.parse(await node(before + code + after, root, { REPLICATE_API_TOKEN: "r8_of-nobody" }));
      assert.equal(type, "text/plain; charset=utf-8");
      assert.ok(same && length > 10);
    },
  ],
};
