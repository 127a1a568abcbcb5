import { createServer } from "node:http";
import { once } from "node:events";
import { Replicate, ReplicateHome, Cog } from "replicate-wasm";
let answer; let log = [];
const server = createServer(async (req, res) => { let b=""; try { for await (const c of req) b += c; } catch {} log.push(`${req.method} ${req.url}`); answer(req, res, b); }).listen(0, "127.0.0.1");
await once(server, "listening");
const base = `http://127.0.0.1:${server.address().port}`;
const j = (res, s, v) => { res.writeHead(s, { "content-type": "application/json" }); res.end(typeof v === "string" ? v : JSON.stringify(v)); };
const input = { prompt: "x" };
const client = () => new Replicate({ auth: "r8_secrettoken", baseUrl: base + "/v1", connectTimeoutMs: 300, maxRetries: 1, timeoutMs: 3000 });
const cog = () => new Cog({ baseUrl: base, connectTimeoutMs: 300, idleTimeoutMs: 300, maxRetries: 1, timeoutMs: 3000 });
const ways = {
  run: () => client().run("a/b", { input }),
  runPoll: () => client().run("a/b", { input, wait: { mode: "poll", interval: 10 } }),
  streamText: () => client().streamText("a/b", { input }).text(),
  create: () => client().predictions.create({ model: "a/b", input }),
  createV: () => client().predictions.create({ version: "x", input }),
  dep: () => client().deployments.predictions.create("a", "b", { input }),
  train: () => client().trainings.create("a", "b", "v", { destination: "a/c", input }),
  request: () => client().request("/predictions", { method: "POST", data: { input } }),
  fileCreate: () => client().files.create(new Blob(["x"])),
  modelCreate: () => client().models.create("a", "b", { visibility: "public", hardware: "cpu" }),
  cogRun: () => cog().run({ input }),
  cogText: () => cog().streamText({ input }).text(),
  home: async () => { for await (const _ of ReplicateHome.createAsyncGenerator({ prompt: "x", proxy: base, pollIntervalMs: 10, maxAttempts: 2 })); },
};
const answers = {
  page200: (q, r) => { r.writeHead(200, { "content-type": "text/html" }); r.end("<html>hi</html>"); },
  empty201: (q, r) => { r.writeHead(201); r.end(); },
  s204: (q, r) => { r.writeHead(204); r.end(); },
  cut201: (q, r) => { r.writeHead(201, { "content-type": "application/json", "content-length": 500 }); r.write('{"id":"p1",'); setTimeout(() => r.destroy(), 20); },
  cutText: (q, r) => { r.writeHead(201, { "content-type": "application/json" }); r.end('{"id":"p1",'); },
  reset: (q, r) => q.socket.resetAndDestroy(),
  silent: () => {},
  page502: (q, r) => { r.writeHead(502, { "content-type": "text/html" }); r.end("<h1>Bad gateway"); },
  page503: (q, r) => { r.writeHead(503, { "content-type": "text/html" }); r.end("<h1>Unavailable"); },
  json500: (q, r) => j(r, 500, { detail: "oops" }),
  json503: (q, r) => j(r, 503, { detail: "oops" }),
  json408: (q, r) => j(r, 408, { detail: "oops" }),
  noId: (q, r) => j(r, 201, { status: "starting" }),
  nul: (q, r) => j(r, 201, "null"),
  arr: (q, r) => j(r, 201, "[]"),
  str: (q, r) => j(r, 201, '"x"'),
  dots: (q, r) => j(r, 201, { id: "..", status: "starting" }),
  redirect: (q, r) => { r.writeHead(307, { location: base + "/elsewhere" }); r.end(); },
  redirect302: (q, r) => { r.writeHead(302, { location: "http://localhost:1/elsewhere" }); r.end(); },
};
const only = process.argv[2];
for (const [an, a] of Object.entries(answers)) {
  if (only && !an.match(only)) continue;
  for (const [w, call] of Object.entries(ways)) {
    answer = a; log = [];
    const t = performance.now();
    const out = await Promise.race([call().then((v) => ({ ok: JSON.stringify(v)?.slice(0, 60) }), (e) => ({ code: e.code ?? e.name, m: e.message.replaceAll(base, "") })), new Promise((r) => setTimeout(r, 6000, { code: "HANG" }))]);
    console.log(an.padEnd(11), w.padEnd(11), String(out.code ?? "OK").padEnd(16), `${log.filter((l) => /^(POST|PUT)/.test(l)).length}/${log.length}`, `${Math.round(performance.now() - t)}ms`.padEnd(8), (out.m ?? out.ok ?? "").slice(0, 150));
  }
}
process.exit();
