/**
 * What hostile callers cost a relay, in a process of its own: `node tests/bench/relay-attacks.mjs`. The worst bodies and
 * the worst answer, in milliseconds of the event loop; and 500 callers who neither finish their bodies nor read their
 * answers, in megabytes and in what honest callers wait meanwhile.
 */
import { fork } from "node:child_process";
import { Agent, createServer, request } from "node:http";
import { fileURLToPath } from "node:url";
import { createRelay, toNodeHandler } from "../../src/relay/index.js";

const bodyBytes = 13 * 1024 * 1024;
const hostileCallers = 500;
const honestRequests = 100;
export const attackGoals = { loopMs: 100, memoryBytes: 300e6 };
const json = { "content-type": "application/json" };
const path = "/v1/models/meta/llama/predictions";

const fill = (head, item, tail) => head + item.repeat(Math.floor((bodyBytes - head.length - tail.length) / item.length)) + tail;
const list = (count, item) => Array.from({ length: count }, () => item).join(",");
const pad = (text) => text + " ".repeat(bodyBytes - text.length);
const bodies = {
  "one long string": fill('{"input":{"a":"', "x", '"}}'),
  "one long string of escapes": fill('{"input":{"a":"', "\\u0041", '"}}'),
  "one long string of escaped quotes": fill('{"input":{"a":"', '\\"', '"}}'),
  "one long string of two-byte letters": `{"input":{"a":"${"ü".repeat(bodyBytes / 2 - 20)}"}}`,
  "one key of escapes (refused)": fill('{"input":{"', "\\u0041", '":0}}'),
  "keys as long as may be": `{"input":{${list(13_000, `"${"k".repeat(1000)}":0`)}}}`,
  "keys of escapes": `{"input":{${list(19_998, `"${"\\u0041".repeat(108)}":0`)}}}`,
  "numbers as long as may be": fill('{"input":[', `1.${"0".repeat(1990)},`, "0]}"),
  "short strings": `{"input":[${list(99_000, `"${"x".repeat(125)}"`)}]}`,
  "nothing but blanks": pad('{"input":{}}'),
  "as many keys as may be": pad(`{"input":{${list(19_998, '"a":0')}}}`),
  "as many messages as may be": pad(`{"input":{"messages":[${list(9997, "{}")}]}}`),
  "as many values as may be": pad(`{"input":[${list(99_997, "1")}]}`),
  "1.6 million keys (refused)": fill('{"input":{', '"a":0,', '"a":0}}'),
  "4 million messages (refused)": fill('{"input":{"messages":[', "{},", "{}]}}"),
  "7 million brackets (refused)": "[".repeat(bodyBytes / 2) + "]".repeat(bodyBytes / 2),
};

const piece = new TextEncoder().encode("x".repeat(64 * 1024));
const token = "r8_bench";
// As if Replicate quoted an input that repeats the token's first letter.
const answerPiece = new TextEncoder().encode(token[0].repeat(piece.length));
const head = new TextEncoder().encode('{"id":"p1","status":"processing","output":"');

/** In place of Replicate: predictions whose answers are as large as their inputs may be. */
async function answer(url, { method }) {
  if (method === "POST") return Response.json({ id: "p1", status: "processing", urls: {} }, { status: 201 });
  let left = bodyBytes / piece.length;
  const body = new ReadableStream(
    {
      start: (stream) => stream.enqueue(head),
      async pull(stream) {
        await new Promise(setImmediate); // as a network does
        if (left-- > 0) return stream.enqueue(answerPiece);
        stream.enqueue(new TextEncoder().encode('"}'));
        stream.close();
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { "content-length": `${head.length + Math.floor(left) * piece.length + 2}` } });
}

/** @returns the figures, each of a relay of its own, which is stopped even when a step fails */
export async function benchAttacks() {
  return { loop: await withRelay(measureBodies), answer: await withRelay(measureAnswer), crowd: await withRelay(measureCrowd) };
}

async function withRelay(measure) {
  const relay = await start();
  try {
    return await measure(relay);
  } finally {
    relay.stop();
  }
}

async function measureBodies(relay) {
  const figures = {};
  for (const [name, body] of Object.entries(bodies)) figures[name] = await measureBody(relay, body);
  return figures;
}

/** Milliseconds of the processor that an answer of one letter costs the relay's process, sending it included; the best of three. */
async function measureAnswer(relay) {
  const user = "answer";
  const created = await ask(relay, { method: "POST", user, body: '{"input":{}}' });
  const to = new URL(JSON.parse(created.text).urls.get).pathname;
  let busyMs = Infinity;
  let status;
  for (let round = 0; round < 3; round++) {
    await relay.ask("busy");
    ({ status } = await ask(relay, { method: "GET", user, to }));
    busyMs = Math.min(busyMs, await relay.ask("busy"));
  }
  return { status, busyMs };
}

/** Milliseconds of the processor that a body costs the relay's process, reading it included; the best of three. */
async function measureBody(relay, body) {
  let busyMs = Infinity;
  let status;
  for (let round = 0; round < 3; round++) {
    await relay.ask("busy");
    status = await new Promise((resolve, reject) => {
      const outgoing = request(relay.origin + path, { method: "POST", headers: { ...json, "x-user": `body-${round}` } }, (incoming) => {
        incoming.resume();
        resolve(incoming.statusCode);
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
    busyMs = Math.min(busyMs, await relay.ask("busy"));
  }
  return { status, busyMs };
}

async function measureCrowd(relay) {
  const created = await ask(relay, { method: "POST", user: "reader", body: '{"input":{}}' });
  const { get } = JSON.parse(created.text).urls;
  await relay.ask("peak");
  // The attacker runs in another process, so that its time is not measured.
  const crowd = fork(fileURLToPath(import.meta.url), ["crowd", relay.origin, new URL(get).pathname]);
  try {
    await new Promise((resolve) => crowd.once("message", resolve));
    const waits = [];
    for (let i = 0; i < honestRequests; i++) {
      const startMs = performance.now();
      const { status } = await ask(relay, { method: "POST", user: `honest-${i}`, body: '{"input":{"prompt":"hi"}}' });
      if (status !== 201) throw new Error(`an honest create was answered with ${status}`);
      waits.push(performance.now() - startMs);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const peakBytes = await relay.ask("peak");
    return { callers: hostileCallers, peakBytes, slowestMs: Math.max(...waits), honest: honestRequests };
  } finally {
    crowd.kill();
  }
}

function beHostile(origin, answerPath) {
  const agent = new Agent({ maxSockets: Infinity });
  for (let i = 0; i < hostileCallers; i++) {
    // Everything but the last byte of a body, and nothing more.
    const headers = { ...json, "x-user": `hostile-${i}`, "content-length": bodyBytes };
    const writer = request(origin + path, { agent, method: "POST", headers });
    writer.on("error", () => {});
    pour(writer);
    // A large answer that is not read.
    const reader = request(origin + answerPath, { agent, headers: { "x-user": "reader" } }, (incoming) => incoming.pause());
    reader.on("error", () => {}).end();
  }
  process.send("begun");
}

async function pour(outgoing) {
  const begin = Buffer.from('{"input":{"a":"');
  let goOn;
  for (const event of ["drain", "close"]) outgoing.on(event, () => goOn?.());
  outgoing.write(begin);
  for (let left = bodyBytes - begin.length - 1; left > 0 && !outgoing.destroyed; left -= piece.length) {
    if (!outgoing.write(piece.subarray(0, Math.min(left, piece.length)))) {
      await new Promise((resolve) => {
        goOn = resolve;
      });
    }
  }
}

// One connection, made before the crowd comes: how fast the system accepts new ones is not the relay's business.
const honestAgent = new Agent({ keepAlive: true, maxSockets: 1 });

function ask(relay, { method, user, body, to = path }) {
  return new Promise((resolve, reject) => {
    const outgoing = request(relay.origin + to, { method, headers: { ...json, "x-user": user }, agent: honestAgent }, (incoming) => {
      let text = "";
      incoming.on("data", (chunk) => (text += chunk));
      incoming.on("end", () => resolve({ status: incoming.statusCode, text }));
    });
    outgoing.on("error", reject).end(body);
  });
}

/** Starts this file as a relay. */
async function start() {
  const child = fork(fileURLToPath(import.meta.url), ["relay"]);
  const next = () => new Promise((resolve) => child.once("message", resolve));
  const origin = await next();
  const question = (name) => {
    const answered = next();
    child.send(name);
    return answered;
  };
  return { origin, ask: question, stop: () => child.kill() };
}

function serve() {
  const relay = createRelay({
    token,
    authorize: (incoming) => incoming.headers.get("x-user"),
    models: ["meta/*"],
    limits: { createsPerMinute: 100, totalCreatesPerMinute: Infinity, totalRunning: Infinity, running: 100 },
    fetch: answer,
  });
  let peak = 0;
  setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
  let before = process.cpuUsage();
  process.on("message", (name) => {
    // Of the processor and not of the clock, which would count other programs too.
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    process.send(name === "busy" ? (user + system) / 1000 : peak);
    if (name === "peak") peak = 0;
  });
  process.on("disconnect", () => process.exit());
  const server = createServer({ keepAliveTimeout: 0 }, toNodeHandler(relay)).listen(0, "127.0.0.1", () => process.send(`http://127.0.0.1:${server.address().port}`));
}

export function printAttacks({ loop, answer: { status, busyMs }, crowd }) {
  for (const [name, { status, busyMs }] of Object.entries(loop)) {
    console.log(`a body of ${name}: ${busyMs.toFixed(1)} ms, answered with ${status} (goal: below ${attackGoals.loopMs})`);
  }
  console.log(`an answer of one letter: ${busyMs.toFixed(1)} ms, answered with ${status} (goal: below ${attackGoals.loopMs})`);
  console.log(
    `${crowd.callers} hostile callers: ${(crowd.peakBytes / 1e6).toFixed(0)} MB at the most (goal: below ${attackGoals.memoryBytes / 1e6}), ` +
      `${crowd.honest} honest creates all served, the slowest in ${crowd.slowestMs.toFixed(0)} ms`,
  );
}

const isMain = process.argv[1] === fileURLToPath(import.meta.url);
if (isMain && process.send && process.argv[2] === "relay") serve();
else if (isMain && process.send) beHostile(...process.argv.slice(3));
else if (isMain) {
  printAttacks(await benchAttacks());
  process.exit();
}
