/**
 * What the relay costs, against a direct connection to the same sandbox, in one run: `node tests/bench/relay.mjs [--json FILE]`.
 * Client, relay and sandbox are processes of their own; direct and relayed requests take turns.
 */
import { fork } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { Agent, createServer, request } from "node:http";
import { fileURLToPath } from "node:url";
import { createRelay, toNodeHandler } from "../../src/relay/index.js";
import { createSandbox } from "../../src/sandbox/index.js";
import { benchAttacks, printAttacks } from "./relay-attacks.mjs";

const token = "r8_bench";
const model = "meta/meta-llama-3-8b-instruct";
const warmUp = 300;
const rounds = 400;
const openStreams = 500;
const finishedStreams = 10_000;
const goals = { ownMs: 1, openStreams, growth: 1.1 };

const roles = {
  sandbox: () => createSandbox({ token, stepMs: 0 }),
  // The floor: what the platform's own `Request`, `fetch` and `Response` cost behind the same adapter, without a single rule.
  bare: (upstream) => (request) => fetch(upstream + new URL(request.url).pathname, { headers: { authorization: `Bearer ${token}` } }),
  relay: (upstream) =>
    createRelay({
      token,
      upstream: `${upstream}/v1`,
      authorize: () => "bench",
      models: [model],
      limits: { createsPerMinute: Infinity, running: Infinity, totalRunning: Infinity },
    }),
};

/** @returns the figures; `stop` ends what was started even when a step fails */
export async function benchRelay() {
  const sandbox = await start("sandbox");
  const bare = await start("bare", sandbox.origin);
  const relay = await start("relay", sandbox.origin);
  try {
    const direct = (await create(sandbox.origin, "Write a short poem about spring.")).urls;
    const relayed = (await create(relay.origin, "Write a short poem about spring.")).urls;
    const throughBare = (url) => bare.origin + new URL(url).pathname;
    const ways = { direct, bare: { stream: throughBare(direct.stream), get: throughBare(direct.get) }, relayed };
    const firstByte = await compareFirstByte(ways);
    return { firstByte, open: await openAtOnce(relay), memory: await finishMany(relay, relayed.stream), attacks: await benchAttacks() };
  } finally {
    for (const server of [relay, bare, sandbox]) server.stop();
  }
}

/** Milliseconds to the first byte of a stream and of a poll; medians. */
async function compareFirstByte(ways) {
  const figures = {};
  for (const kind of ["stream", "get"]) {
    const times = { direct: [], bare: [], relayed: [] };
    for (let round = -warmUp; round < rounds; round++) {
      for (const [way, urls] of Object.entries(ways)) {
        const { firstByteMs, bytes } = await read(urls[kind]);
        if (bytes < 500) throw new Error(`${way} ${kind}: ${bytes} bytes are too few`);
        if (round >= 0) times[way].push(firstByteMs);
      }
    }
    const [directMs, bareMs, relayedMs] = [times.direct, times.bare, times.relayed].map(median);
    figures[kind] = { directMs, bareMs, relayedMs, addedMs: relayedMs - directMs, addedToBareMs: relayedMs - bareMs };
  }
  return figures;
}

/** Many streams of predictions that never end; each has brought its first event. */
async function openAtOnce(relay) {
  const { urls } = await create(relay.origin, "[hang] Write a short poem about spring.");
  const before = await relay.memory();
  const agent = new Agent({ maxSockets: Infinity });
  const startMs = performance.now();
  let slowestMs = 0;
  const streams = await Promise.all(
    Array.from({ length: openStreams }, async () => {
      const stream = await open(urls.stream, agent);
      slowestMs = Math.max(slowestMs, performance.now() - startMs);
      return stream;
    }),
  );
  const { heapUsed, rss } = await relay.memory();
  for (const stream of streams) stream.destroy();
  agent.destroy();
  const heapBytesEach = (heapUsed - before.heapUsed) / streams.length;
  return { streams: streams.length, slowestMs, heapBytesEach, memoryBytes: rss };
}

/** The heap after a collection, at a tenth of the streams and at the end. */
async function finishMany(relay, url) {
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  const run = (count) => pool(20, count, () => read(url, agent));
  await run(finishedStreams / 10);
  const early = await relay.memory();
  const startMs = performance.now();
  await run(finishedStreams - finishedStreams / 10);
  const ms = performance.now() - startMs;
  const late = await relay.memory();
  agent.destroy();
  return { streams: finishedStreams, ms, earlyBytes: early.heapUsed, lateBytes: late.heapUsed, growth: late.heapUsed / early.heapUsed };
}

async function create(origin, prompt) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(`${origin}/v1/models/${model}/predictions`, {
    method: "POST",
    headers,
    body: JSON.stringify({ input: { prompt } }),
  });
  if (answer.status !== 201) throw new Error(`${origin} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

const keepAlive = new Agent({ keepAlive: true });

/** Reads an answer to its end. */
function read(url, agent = keepAlive) {
  const startMs = performance.now();
  return new Promise((resolve, reject) => {
    let firstByteMs;
    let bytes = 0;
    const outgoing = request(url, { agent, headers: { authorization: `Bearer ${token}` } }, (answer) => {
      answer.on("data", (chunk) => {
        firstByteMs ??= performance.now() - startMs;
        bytes += chunk.length;
      });
      answer.on("end", () => resolve({ firstByteMs, bytes }));
      answer.on("error", reject);
    });
    outgoing.on("error", reject).end();
  });
}

/** Opens a stream and resolves at its first byte. */
function open(url, agent) {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`a stream answered ${answer.statusCode}`));
      answer.on("error", () => {});
      answer.once("data", () => resolve(outgoing));
    });
    outgoing.on("error", reject).end();
  });
}

async function pool(width, count, work) {
  let left = count;
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (left-- > 0) await work();
    }),
  );
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** Starts this file as a server of its own. */
async function start(role, upstream = "") {
  const child = fork(fileURLToPath(import.meta.url), [role, upstream], { execArgv: ["--expose-gc"] });
  const ask = (question) =>
    new Promise((resolve) => {
      child.once("message", resolve);
      if (question) child.send(question);
    });
  const origin = await ask();
  return { origin, memory: () => ask("memory"), stop: () => child.kill() };
}

function serve(role, upstream) {
  const server = createServer(toNodeHandler(roles[role](upstream))).listen(0, "127.0.0.1", () =>
    process.send(`http://127.0.0.1:${server.address().port}`),
  );
  process.on("message", async () => {
    // Sockets and finalizers need a few turns of the event loop between two collections.
    for (let i = 0; i < 5; i++) {
      globalThis.gc();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    process.send(process.memoryUsage());
  });
  process.on("disconnect", () => process.exit());
}

export function print({ firstByte, open, memory, attacks }) {
  const ms = (value) => value.toFixed(2);
  const mb = (bytes) => (bytes / 1e6).toFixed(1);
  for (const [kind, { directMs, bareMs, relayedMs, addedMs, addedToBareMs }] of Object.entries(firstByte)) {
    console.log(
      `first byte of a ${kind}, median: direct ${ms(directMs)} ms, relayed ${ms(relayedMs)} ms, added ${ms(addedMs)} ms`,
    );
    console.log(`  of that the platform's fetch alone ${ms(bareMs - directMs)} ms, the relay's own share ${ms(addedToBareMs)} ms (goal: at most ${goals.ownMs})`);
  }
  console.log(
    `open at once: ${open.streams} streams (goal: ${goals.openStreams}), the slowest first byte after ${ms(open.slowestMs)} ms, ${mb(open.memoryBytes)} MB in all, ${(open.heapBytesEach / 1000).toFixed(1)} kB of heap each`,
  );
  console.log(
    `memory over ${memory.streams} streams: ${mb(memory.earlyBytes)} MB at a tenth, ${mb(memory.lateBytes)} MB at the end, × ${memory.growth.toFixed(3)} (goal: at most ${goals.growth})`,
  );
  printAttacks(attacks);
}

const [role, argument] = process.argv.slice(2);
const isMain = process.argv[1] === fileURLToPath(import.meta.url);
if (isMain && process.send && roles[role]) serve(role, argument);
else if (isMain) {
  const figures = await benchRelay();
  print(figures);
  if (role === "--json") await writeFile(argument, JSON.stringify(figures, null, 2));
  process.exit();
}
