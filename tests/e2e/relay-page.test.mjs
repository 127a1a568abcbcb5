// The demo page through the relay, with a sandbox that wants a token in Replicate's place.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { toNodeHandler } from "replicate-wasm/relay";
import { createSandbox } from "replicate-wasm/sandbox";
import { launch, openDemo, until } from "./demo.mjs";

const token = "r8_not-a-real-one";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

async function open(t) {
  const sandbox = createSandbox({ stepMs: 2, token });
  const upstream = createServer(toNodeHandler(sandbox)).listen(0, "127.0.0.1");
  await once(upstream, "listening");
  t.after(() => {
    upstream.closeAllConnections();
    upstream.close();
  });
  const host = `127.0.0.1:${upstream.address().port}`;
  const relay = { upstream: `http://${host}/v1`, streamHosts: [host] };
  const demo = await openDemo(t, browser, { server: { env: { REPLICATE_API_TOKEN: token }, relay } });
  const received = [];
  demo.page.on("response", async (response) => received.push(await response.text().catch(() => "")));
  return { predictions: () => [...sandbox.predictions.values()], received, ...demo };
}

for (const way of ["Provider", "Client"]) {
  test(`by the ${way.toLowerCase()}, a text is read to its end, and the page never meets the token`, async (t) => {
    const demo = await open(t);
    await demo.page.getByText("Talks to Replicate through the relay on this machine").waitFor();
    await demo.use(way);
    await demo.send("Write a short poem about spring.");
    assert.match(await demo.end(), /^Succeeded after /);
    assert.equal(await demo.text(), demo.predictions()[0].output.join(""));
    await until(() => demo.received.length > 0, "answers");
    assert.ok(demo.received.every((body) => !body.includes(token)));
  });
}

test("Escape cancels the prediction upstream", async (t) => {
  const demo = await open(t);
  await demo.use("Client");
  await demo.send("[hang] Write a short poem about spring.");
  await demo.answer.locator("p").waitFor();
  await demo.page.keyboard.press("Escape");
  assert.match(await demo.end(), /^Stopped after /);
  await until(() => demo.predictions()[0].status === "canceled", "the prediction is canceled");
});
