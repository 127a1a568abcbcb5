// Uses with Node's own types. Checked by types.test.mjs, never run.

import { webcrypto } from "node:crypto";
import { createServer } from "node:http";
import { writeFile } from "node:fs/promises";
import { FileOutput, validateWebhook } from "../../src/npm/types.js";
import { createRelay, toNodeHandler } from "../../src/relay/index.js";

createServer(toNodeHandler(createRelay({ authorize: () => "me" })));
createServer(async (request) => {
  await validateWebhook({ headers: request.headers, body: Buffer.from("{}") }, "whsec_", { subtle: webcrypto.subtle });
});
await writeFile("out.png", new FileOutput("https://replicate.delivery/out.png"));
