import { createServer } from "node:http";
import { once } from "node:events";
import { Replicate, ReplicateHome, Cog } from "replicate-wasm";
let answer; let log = [];
const server = createServer(async (req, res) => { let b=""; try { for await (const c of req) b += c; } catch {} log.push(`${req.method} ${req.url}`); answer(req, res, b); }).listen(0, "127.0.0.1");
await once(server, "listening");
const base = `http://127.0.0.1:${server.address().port}`;
const input = { prompt: "x" };
const client = () => new Replicate({ auth: "r8_secrettoken", baseUrl: base + "/v1", connectTimeoutMs: 300, maxRetries: 1, timeoutMs: 2000 });
const cog = () => new Cog({ baseUrl: base, connectTimeoutMs: 300, idleTimeoutMs: 300, maxRetries: 1, timeoutMs: 2000 });
const ways = {
  run: () => client().run("a/b", { input, wait: { mode: "poll", interval: 10 } }),
  create: () => client().predictions.create({ model: "a/b", input }),
  dep: () => client().deployments.predictions.create("a", "b", { input }),
  get: () => client().predictions.get("p1"),
  cancel: () => client().predictions.cancel("p1"),
  list: () => client().models.list(),
  paginate: async () => { for await (const _ of client().paginate(client().models.list)); },
  wait: () => client().wait({ id: "p1", status: "starting" }),
  resume: () => client().resume("p1").text(),
  fileCreate: () => client().files.create(new Blob(["x"])),
  runFile: () => client().run("a/b", { input: { f: new Blob(["x"]) }, wait: { mode: "poll" } }),
  createFile: () => client().predictions.create({ model: "a/b", input: { f: new Blob(["x"]) } }),
  health: () => cog().health(),
  home: async () => { for await (const _ of ReplicateHome.createAsyncGenerator({ prompt: "x", proxy: base, pollIntervalMs: 10, maxAttempts: 2 })); },
};
const answers = {
  stalled: (q, r) => { r.writeHead(200, { "content-type": "application/json", "content-length": 500 }); r.write('{"id":"p1",'); },
  dribble: (q, r) => { r.writeHead(200, { "content-type": "application/json" }); r.write('{"id":"p1",'); const t = setInterval(() => r.write(" "), 50); r.on("close", () => clearInterval(t)); },
};
const only = process.argv[2];
for (const [an, a] of Object.entries(answers)) {
  for (const [w, call] of Object.entries(ways)) {
    if (only && !w.match(only)) continue;
    answer = a; log = [];
    const t = performance.now();
    const out = await Promise.race([call().then((v) => ({ ok: JSON.stringify(v)?.slice(0, 60) }), (e) => ({ code: e.code ?? e.name, m: e.message.replaceAll(base, "") })), new Promise((r) => setTimeout(r, 5000, { code: "HANG" }))]);
    console.log(an.padEnd(11), w.padEnd(11), String(out.code ?? "OK").padEnd(16), `${log.length}`, `${Math.round(performance.now() - t)}ms`.padEnd(8), (out.m ?? out.ok ?? "").slice(0, 150));
  }
}
process.exit();
