/** The relay behind `node:http2`, like Vite's https server. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createSecureServer, createServer } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { toNodeHandler } from "../../src/relay/index.js";
import { created, makeRelay } from "./requests.mjs";
import { until } from "./upstream.mjs";

const path = "/relay/v1/models/meta/llama/predictions";
const streamUrl = "https://stream.replicate.com/s";

async function serve(t, relay, create = createServer) {
  const server = create(toNodeHandler(relay));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const secure = create !== createServer;
  const origin = `${secure ? "https" : "http"}://localhost:${server.address().port}`;
  const session = connect(origin, { rejectUnauthorized: false, lookup: (_, options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]) });
  t.after(() => {
    session.destroy();
    server.close();
  });
  const ask = (headers, body) =>
    new Promise((resolve, reject) => {
      const stream = session.request(headers);
      stream.on("error", reject);
      let text = "";
      stream.on("response", (head) => {
        stream.setEncoding("utf8");
        stream.on("data", (chunk) => (text += chunk));
        stream.on("end", () => resolve({ status: head[":status"], headers: head, text }));
      });
      stream.end(body);
    });
  return { origin, session, ask };
}

const post = { ":method": "POST", ":path": path, "content-type": "application/json" };

test("a create over HTTP/2 works, and its URLs have the host of :authority", async (t) => {
  const { origin, ask } = await serve(t, makeRelay());
  const answer = await ask({ ...post, origin }, '{"input":{}}');
  assert.equal(answer.status, 201, answer.text);
  assert.ok(JSON.parse(answer.text).urls.get.startsWith(`${origin}/relay/v1/predictions/`), answer.text);
});

test("over HTTP/2 with TLS the URLs are https", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "relay-http2-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [key, cert] = ["key.pem", "cert.pem"].map((name) => join(folder, name));
  const options = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost", "-keyout", key, "-out", cert];
  execFileSync("openssl", options, { stdio: "ignore" });
  const tls = { key: readFileSync(key), cert: readFileSync(cert), allowHTTP1: true };
  const { origin, ask } = await serve(t, makeRelay(), (handler) => createSecureServer(tls, handler));
  const answer = await ask(post, '{"input":{}}');
  assert.ok(JSON.parse(answer.text).urls.get.startsWith(`${origin}/relay/v1/predictions/`), answer.text);
});

test("over HTTP/2 several cookies are kept and connection headers are removed", async (t) => {
  const refusal = () =>
    new Response("no", {
      status: 403,
      headers: [
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
        ["connection", "close"],
        ["transfer-encoding", "chunked"],
      ],
    });
  const { ask } = await serve(t, makeRelay({ authorize: refusal }));
  const answer = await ask(post, "{}");
  assert.deepEqual([answer.status, answer.headers["set-cookie"], answer.text], [403, ["a=1", "b=2"], "no"]);
});

test("events arrive one by one over HTTP/2, and leaving ends the stream at Replicate", async (t) => {
  let source;
  const relay = makeRelay({
    fetch: async (url) =>
      url === streamUrl
        ? new Response(new ReadableStream({ start: (stream) => (source = stream) }), {
            headers: { "content-type": "text/event-stream" },
          })
        : Response.json({ ...created, urls: { stream: streamUrl } }, { status: 201 }),
  });
  const signals = [];
  const { session, ask } = await serve(t, (request) => (signals.push(request.signal), relay(request)));
  const { urls } = JSON.parse((await ask(post, '{"input":{}}')).text);
  const stream = session.request({ ":path": new URL(urls.stream).pathname });
  stream.on("error", () => {});
  await new Promise((resolve) => stream.on("response", resolve));
  for (const event of ["data: 1\n\n", "data: 2\n\n"]) {
    source.enqueue(new TextEncoder().encode(event));
    assert.equal(`${await new Promise((resolve) => stream.once("data", resolve))}`, event);
  }
  stream.close();
  await until(() => signals.at(-1).aborted);
});

test("a foreign host over loopback is refused over HTTP/2 too", async (t) => {
  const { ask } = await serve(t, makeRelay());
  const answer = await ask({ ...post, ":authority": "evil.example" }, "{}");
  assert.equal(answer.status, 403);
  assert.match(answer.text, /publicUrl/);
});
