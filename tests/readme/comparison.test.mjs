// The README compares this package with others. Each cell is tested here with the installed versions.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { mock, test } from "node:test";
import { createFalClient } from "@fal-ai/client";
import TheirReplicate from "replicate";
import { Replicate } from "replicate-wasm";
import { createSandbox } from "replicate-wasm/sandbox";
import { readme, root } from "./blocks.mjs";

const require = createRequire(import.meta.url);
const manifest = (name) => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, root), "utf8"));
const theirReadme = (name) => readFileSync(new URL(`node_modules/${name}/README.md`, root), "utf8");

const [, table] = readme.match(/<!-- comparison -->\n([^]*?)<!-- \/comparison -->/);
const [head, , ...lines] = table.trim().split("\n").map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
const rows = new Map(lines.map(([row, ...cells]) => [row, cells]));

const model = "meta/meta-llama-3-8b-instruct";
const url = "https://example.com/v1";

/** A fetch that records its requests and answers by the path. */
function server(answers) {
  const requests = [];
  const fetch = async (input, init) => {
    const request = new Request(input, init);
    requests.push(`${request.method} ${new URL(request.url).pathname}`);
    return answers(new URL(request.url).pathname, request);
  };
  const count = (pattern) => requests.filter((request) => pattern.test(request)).length;
  return { fetch, count };
}

const clients = {
  ours: (fetch) => new Replicate({ baseUrl: url, auth: "r8_of-nobody", fetch }),
  replicate: (fetch) => new TheirReplicate({ baseUrl: url, auth: "r8_of-nobody", fetch }),
  fal: (fetch) => createFalClient({ credentials: "of-nobody", fetch }),
};

/** Runs `work` with all timers set to 0 ms. */
async function withoutPauses(work) {
  const { setTimeout } = globalThis;
  mock.method(globalThis, "setTimeout", (callback, ms, ...args) => setTimeout(callback, 0, ...args));
  try {
    return await work();
  } finally {
    mock.restoreAll();
  }
}

/** A stream of two words, whose connection then breaks or stays open. */
function events(end) {
  const encoder = new TextEncoder();
  let pulls = 0;
  return new Response(
    new ReadableStream({
      pull(controller) {
        if (pulls++ === 0) controller.enqueue(encoder.encode('event: output\nid: 1\ndata: "two"\n\nevent: output\nid: 2\ndata: "words"\n\n'));
        else if (end === "breaks") controller.error(new TypeError("terminated"));
        else return new Promise(() => {});
      },
    }),
    { headers: { "content-type": "text/event-stream" } },
  );
}

const prediction = { id: "p1", status: "starting", urls: { get: `${url}/predictions/p1`, cancel: `${url}/predictions/p1/cancel`, stream: `${url}/stream` } };

/** A server for the clients of Replicate and fal: it creates a prediction and streams. */
const streaming = (end) => server((path) => (/predictions/.test(path) ? Response.json(prediction, { status: 201 }) : events(end)));

const claims = {
  "runs in a page": ([, theirs, fal]) => {
    assert.match(theirs, /^no/);
    assert.match(theirReadme("replicate"), /can't interact with Replicate's API directly from a browser/);
    assert.equal(fal, "yes");
    assert.match(theirReadme("@fal-ai/client"), /web, Node\.js, and React Native/);
  },
  "the server part that keeps the token": (cells) => {
    assert.deepEqual(cells.slice(0, 3), ["included", "no", "a package of its own"]);
    assert.ok(manifest("../").exports["./relay"]);
    assert.deepEqual(Object.keys(require("replicate")).filter((name) => /proxy|relay/i.test(name)), []);
    assert.match(theirReadme("@fal-ai/client"), /See the \[\.\.\/proxy\]\(\.\.\/proxy\) package/);
  },
  "a stream that breaks": async ([ours, theirs, fal]) => {
    assert.match(ours, /^goes on/);
    const sandbox = createSandbox({ stepMs: 0, faults: ["drop-stream: 2"] });
    const text = await withoutPauses(() => clients.ours(sandbox).streamText(model, { input: { prompt: "Spring" } }).text());
    assert.equal(text, [...sandbox.predictions.values()][0].output.join(""));

    assert.match(theirs, /^ends with an error/);
    const broken = streaming("breaks");
    await assert.rejects(async () => {
      for await (const _ of clients.replicate(broken.fetch).stream(model, { input: {} }));
    }, /terminated/);
    assert.equal(broken.count(/stream/), 1);

    assert.match(fal, /^ends the loop in silence; `done\(\)` rejects$/);
    const another = streaming("breaks");
    const stream = await clients.fal(another.fetch).stream("owner/app", { input: {} });
    const done = assert.rejects(stream.done(), /terminated/);
    await withoutPauses(async () => {
      for await (const _ of stream);
    });
    await done;
    assert.equal(another.count(/stream/), 1);
  },
  "a create whose answer was lost": async ([ours, theirs, fal]) => {
    const times = async (name, answer) => {
      const lost = server(answer);
      const client = clients[name](lost.fetch);
      await withoutPauses(() => assert.rejects(client.run(model, { input: {} }), name === "ours" ? { code: "unknown_outcome" } : Error));
      return lost.count(/^POST/);
    };
    const dropped = () => Promise.reject(new TypeError("fetch failed"));
    const gateway = () => new Response("Bad gateway", { status: 502 });
    assert.match(ours, /^sent once/);
    assert.equal(await times("ours", dropped), 1);
    assert.equal(await times("ours", gateway), 1);
    assert.equal(theirs, `sent up to ${await times("replicate", dropped)} times`);
    assert.equal(fal, `sent up to ${await times("fal", gateway)} times`);
  },
  "leaving the loop": async ([ours, ...others]) => {
    const leave = async (client, stream) => {
      const open = streaming("stays open");
      for await (const _ of await stream(clients[client](open.fetch))) break;
      await new Promise((resolve) => setImmediate(resolve));
      return open.count(/cancel$/);
    };
    assert.equal(ours, "cancels the prediction");
    assert.equal(await leave("ours", (client) => client.stream(model, { input: {} })), 1);
    assert.deepEqual(others, Array(3).fill("cancels nothing"));
    assert.equal(await leave("replicate", (client) => client.stream(model, { input: {} })), 0);
    assert.equal(await leave("fal", (client) => client.stream("owner/app", { input: {} })), 0);
  },
  "tells what a call is doing": ([ours, theirs, fal]) => {
    assert.match(ours, /`onState`/);
    const declarations = (name, file) => readFileSync(new URL(`node_modules/${name}/${file}`, root), "utf8");
    assert.match(theirs, /`run\(\)`/);
    assert.match(declarations("replicate", "index.d.ts"), /progress\?: \(prediction: Prediction\) => void/);
    assert.match(fal, /`subscribe\(\)`/);
    assert.match(declarations("@fal-ai/client", "src/queue.d.ts"), /onQueueUpdate\?: \(status: QueueStatus\) => void/);
  },
  errors: async ([ours]) => {
    const declarations = readFileSync(new URL("src/npm/types.d.ts", root), "utf8");
    const [, codes] = declarations.match(/export type ErrorCode =([^]*?)";\n/);
    assert.equal(ours, `${codes.match(/(?<=\| ")\w+/g).length} codes, with the text so far`);
    const refused = () => Response.json({ detail: "No" }, { status: 403 });
    for (const name of ["replicate", "fal"]) {
      const error = await clients[name](server(refused).fetch).run(model, { input: {} }).catch((error) => error);
      assert.equal(error.code, undefined);
      assert.equal(error.status ?? error.response.status, 403);
    }
  },
  "a server for tests, offline": (cells) => {
    assert.deepEqual(cells, ["included", "no", "no", "no"]);
    assert.ok(manifest("../").exports["./sandbox"]);
    for (const name of ["replicate", "@fal-ai/client"]) assert.deepEqual(Object.keys(manifest(name).exports ?? {}).filter((entry) => /sandbox|mock|test/.test(entry)), []);
  },
  "an API for apps in Rust": (cells) => assert.deepEqual(cells, ["yes", "no", "no", "no"]),
  "to load, with brotli": (cells) => {
    const { sizes } = JSON.parse(readFileSync(new URL("tests/bench/results.json", root), "utf8")).page;
    const loaded = ["replicate-wasm", "replicate", "@fal-ai/client"].map((name) => `${Number((sizes[name].brotli / 1000).toFixed(1))} kB`);
    assert.deepEqual(cells, [...loaded, "0 kB"]);
  },
};

test("the README's comparison has ten rows, and each is tested", () => {
  assert.equal(rows.size, 10);
  assert.deepEqual([...rows.keys()], Object.keys(claims));
});

test("the comparison has the installed versions", () => {
  for (const name of ["replicate", "@fal-ai/client"]) {
    const [major, minor] = manifest(name).version.split(".");
    assert.ok(head.includes(`\`${name}\` ${major}.${minor}`), `${head}`);
  }
});

for (const [row, examine] of Object.entries(claims)) {
  test(`comparison: ${row}`, () => examine(rows.get(row)));
}
