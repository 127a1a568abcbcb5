/** Answers of Replicate at the page: without secrets in any spelling, and with sealed stream URLs. */
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { createRequest, created, makeRelay } from "./requests.mjs";
import { everything } from "./relays.mjs";

const token = "r8_Ab/Cd\"9\\z.$&";
const signingKey = "a key of sixteen or more";
afterEach(() => mock.restoreAll());

/** All ways to write the token in JSON. */
const escape = (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
const written = {
  plainly: JSON.stringify(token).slice(1, -1),
  "with escaped slashes": JSON.stringify(token).slice(1, -1).replace("/", "\\/"),
  "all in escapes": [...token].map(escape).join(""),
  "in escapes with capitals": [...token].map((char) => escape(char).replace(/[a-f]/g, (digit) => digit.toUpperCase())).join(""),
  "with one escape": `${escape("r")}${JSON.stringify(token).slice(2, -1)}`,
  "behind an escaped backslash": `\\\\${JSON.stringify(token).slice(1, -1)}`,
  "in escapes behind an escaped backslash": `\\\\${[...token].map(escape).join("")}`,
};
const ask = (fetch, path = "/v1/hardware", options) =>
  makeRelay({ token, signingKey, allow: everything, fetch, ...options })(new Request(`http://relay.example${path}`));

for (const [name, secret] of Object.entries(written)) {
  for (const status of [200, 400]) {
    test(`a token ${name} is removed from values, keys and nested values of an answer with ${status}`, async () => {
      const text = `{"a":"x${secret}y","${secret}":1,"list":[{"b${secret}":["${secret}"]}]}`;
      assert.equal(JSON.parse(text).list[0][`b${JSON.parse(`"${secret}"`)}`].length, 1);
      const answer = await ask(async () => new Response(text, { status }));
      const value = JSON.parse(await answer.text());
      const all = JSON.stringify(value);
      assert.ok(!all.includes(JSON.stringify(token).slice(1, -1)), all);
      assert.match(value.a, /^x\\?\[token\]y$/);
    });
  }
}

test("the signing key is removed too, but not a text that only begins like a secret", async () => {
  const answer = await ask(async () => Response.json({ key: signingKey, other: "r8_Ab/C", backslash: "\\u0072" }));
  assert.deepEqual(await answer.json(), { key: "[key]", other: "r8_Ab/C", backslash: "\\u0072" });
});

test("headers that are passed on contain no secret and have valid values", async () => {
  const plain = "r8_of_a_test";
  for (const [sent, passed] of [
    ["5", "5"],
    ["0", "0"],
    ["1.5", "2"],
    ["-5", null],
    ["999999999", "86400"],
    ["1e3", null],
    [plain, null],
    ["5, 6", null],
    ["Thu, 01 Jan 2026 00:01:00 GMT", "60"],
    ["Wed, 31 Dec 2025 00:00:00 GMT", "0"],
    ["Fri, 01 Jan 2027 00:00:00 GMT", "86400"],
  ]) {
    const headers = { "retry-after": sent, date: "Thu, 01 Jan 2026 00:00:00 GMT", server: plain, "x-other": plain };
    const answer = await ask(async () => Response.json({}, { headers }), "/v1/hardware", { token: plain });
    assert.equal(answer.headers.get("retry-after"), passed, sent);
    assert.doesNotMatch(JSON.stringify([...answer.headers]), /r8_/);
  }
  const odd = await ask(async () => Response.json({}, { headers: { date: plain } }), "/v1/hardware", { token: plain });
  assert.equal(odd.headers.get("date"), null);
});

test("an error has the relay's URL in place of Replicate's, in any spelling", async () => {
  for (const address of ["https://api.replicate.com/v1", "https:\\/\\/api.replicate.com\\/v1"]) {
    const answer = await ask(async () => new Response(`{"detail":"No ${address}/hardware"}`, { status: 400 }));
    assert.deepEqual(await answer.json(), { detail: "No http://relay.example/v1/hardware" });
  }
});

test("every refusal has nosniff", async () => {
  for (const request of [
    new Request("http://relay.example/nothing"),
    new Request("http://relay.example/v1/predictions", { method: "PUT" }),
    new Request("http://relay.example/v1/hardware", { headers: { origin: "https://evil.example" } }),
    createRequest({ body: "[" }),
    createRequest({ headers: { "content-type": "text/plain" } }),
  ]) {
    const answer = await makeRelay()(request);
    assert.ok(answer.status >= 400);
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
  }
});

// ---- addresses of streams

const streamUrl = "https://stream.replicate.com/v1/files/secret-of-the-stream?token=abc";
const withStream = async (url, { method } = {}) =>
  url === streamUrl
    ? new Response("event: done\ndata: {}\n\n", { headers: { "content-type": "text/event-stream" } })
    : Response.json({ ...created, urls: { stream: streamUrl } }, { status: method === "POST" ? 201 : 200 });

test("the relay's stream URL does not reveal Replicate's, and is the same each time", async () => {
  const relay = makeRelay({ fetch: withStream });
  const { urls } = await (await relay(createRequest())).json();
  const again = await (await relay(new Request(urls.get))).json();
  assert.equal(again.urls.stream, urls.stream);
  const segment = urls.stream.split("/stream/")[1];
  assert.doesNotMatch(`${segment}${Buffer.from(segment, "base64url").toString("latin1")}`, /https|replicate|secret|token/);
  assert.equal((await relay(new Request(urls.stream))).status, 200);
});

test("a sealed stream URL opens only unchanged, for its caller and its prediction, with the same key", async () => {
  const relay = makeRelay({ fetch: withStream });
  const { urls } = await (await relay(createRequest())).json();
  const open = (url, by = relay, user = "alice") => by(new Request(url, { headers: { "x-user": user } }));
  assert.equal((await open(urls.stream, makeRelay({ fetch: withStream }))).status, 200, "another instance with the same token");
  assert.equal((await open(urls.stream, relay, "mallory")).status, 404);
  assert.equal((await open(urls.stream, makeRelay({ fetch: withStream, token: "r8_another" }))).status, 404);
  const [own, segment] = urls.stream.split("/stream/");
  for (const at of [0, 15, 20, segment.length - 1]) {
    for (const char of ["A", "B"]) {
      if (segment[at] !== char) assert.equal((await open(`${own}/stream/${segment.slice(0, at)}${char}${segment.slice(at + 1)}`)).status, 404);
    }
  }
  for (const forged of ["", "A", segment.slice(1), `${segment}A`, Buffer.from(streamUrl).toString("base64url")]) {
    assert.equal((await open(`${own}/stream/${forged}`)).status, 404);
  }
});

// ---- deployments

const version = "a".repeat(64);
function deployments() {
  const state = { model: "meta/llama", made: { model: "meta/llama", version }, log: [] };
  const fetch = async (url, { method = "GET" }) => {
    const path = new URL(url).pathname;
    state.log.push(`${method} ${path}`);
    if (path.endsWith("/cancel")) return Response.json({ id: "p1", status: "canceled" });
    if (method === "POST") return Response.json({ ...created, ...state.made }, { status: 201 });
    if (path.startsWith("/v1/deployments")) return Response.json({ current_release: { model: state.model, version } });
    return path.includes("/meta/") ? Response.json({ id: version }) : Response.json({ detail: "no" }, { status: 404 });
  };
  const relay = makeRelay({ fetch, allow: ["deployments"] });
  const url = "http://relay.example/v1/deployments/acme/app/predictions";
  return { state, post: async () => (await relay(createRequest({ url }))).status };
}

test("a deployment that was moved to another model within a minute does not run it", async () => {
  const { state, post } = deployments();
  assert.equal(await post(), 201);
  state.model = "evil/model";
  assert.equal(await post(), 403);
  assert.equal(state.log.filter((request) => request.startsWith("POST")).length, 1);
});

test("a deployment that was moved between the check and the create is cancelled at once", async () => {
  const { state, post } = deployments();
  state.made = { model: "evil/model", version };
  assert.equal(await post(), 403);
  assert.equal(state.log.at(-1), "POST /v1/predictions/p1/cancel");
});

test("a deployment whose answer has no version runs", async () => {
  const { state, post } = deployments();
  state.made = { model: "evil/model", version: "hidden" };
  assert.equal(await post(), 201);
});

test("members with names of Object.prototype are passed on in an answer", async () => {
  const text = '{"__proto__":{"a":1},"constructor":"b","id":"p1","toString":null,"status":"starting"}';
  const relay = makeRelay({ fetch: async () => new Response(text, { status: 201 }) });
  const answer = await (await relay(createRequest())).text();
  assert.match(answer, /^\{"__proto__":\{"a":1\},"constructor":"b","id":"p1\.[^"]+","toString":null,"status":"starting","urls":\{/);
});
