/** Secrets in event streams, whose chunks may end anywhere. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { createScrubber } from "../../src/relay/scrub.js";
import { created, createRequest, makeRelay } from "./requests.mjs";

const token = 'r8_Ab/"9\\z.$&';
const signingKey = "a key of sixteen: äß😀";
const scrubber = createScrubber({ token, signingKey, upstream: "https://api.replicate.com/v1" });
const inJson = (text) => JSON.stringify(text).slice(1, -1);
const escaped = (text) => text.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
const bytesOf = (text) => (typeof text === "string" ? Buffer.from(text) : text);

function scrub(pieces) {
  const stream = scrubber.stream();
  return Buffer.concat([...pieces.map((piece) => stream.push(piece)), stream.end()]).toString("latin1");
}

for (const [name, text, expected] of [
  ["the token as it is", `data: x${token}y\n\n`, "data: x[token]y\n\n"],
  ["the token in JSON", `data: {"a":"${inJson(token)}"}\n\n`, 'data: {"a":"[token]"}\n\n'],
  ["the token in escapes", `data: "${escaped(token)}"\n\n`, 'data: "[token]"\n\n'],
  ["the token in escapes with capitals", `data: "${escaped(token).replace(/[a-f]/g, (digit) => digit.toUpperCase())}"\n\n`, 'data: "[token]"\n\n'],
  ["the token behind an escaped backslash", `data: "\\\\${inJson(token)}"\n\n`, 'data: "\\\\[token]"\n\n'],
  ["the token twice, the second time after its own beginning", `${token}r8_A${token}`, "[token]r8_A[token]"],
  ["the signing key as it is", `data: ${signingKey}\n\n`, "data: [key]\n\n"],
  ["the signing key in escapes", `data: "${escaped(signingKey)}"\n\n`, 'data: "[key]"\n\n'],
]) {
  test(`${name} is replaced, wherever a chunk ends`, () => {
    const bytes = bytesOf(text);
    for (let at = 0; at <= bytes.length; at++) {
      for (const next of [at, at + 1, at + 7]) {
        assert.equal(scrub([bytes.subarray(0, at), bytes.subarray(at, next), bytes.subarray(next)]), expected, `cut at ${at} and ${next}`);
      }
    }
    assert.equal(scrub([...bytes].map((byte) => Uint8Array.of(byte))), expected);
  });
}

test("other bytes are not changed, also malformed UTF-8 and the beginning of a secret at the end", () => {
  for (const bytes of [
    `data: r8_Ab\n\ndata: \\u0072 \\\\u0072 C:\\dir\\\n\n${escaped(token).slice(0, -1)}`,
    `data: "\\\\u0072${escaped(token).slice(6)}"\n\n`, // a backslash and "u0072…", not an escape
    Uint8Array.from({ length: 1024 }, (_, i) => i),
    "\ufeffdata: ä\r\n\r\nr",
  ].map(bytesOf)) {
    const text = Buffer.from(bytes).toString("latin1");
    for (let at = 0; at <= bytes.length; at++) assert.equal(scrub([bytes.subarray(0, at), bytes.subarray(at)]), text);
  }
});

test("the longest token and the longest signing key are replaced in a stream", () => {
  for (const letter of ["k", '"', "€"]) {
    const secrets = { token: "t".repeat(1000), key: letter.repeat(1000) };
    const stream = createScrubber({ token: secrets.token, signingKey: secrets.key, upstream: "https://api.replicate.com/v1" }).stream();
    for (const [name, word] of Object.entries(secrets)) {
      const text = inJson(word);
      const halves = [`data: ${text.slice(0, 700)}`, `${text.slice(700)}.`].map((half) => stream.push(Buffer.from(half)));
      assert.equal(Buffer.concat(halves).toString(), `data: [${name}].`);
    }
  }
});

test("bytes are held back only if they may be the beginning of a secret", () => {
  const stream = scrubber.stream();
  const push = (text) => Buffer.from(stream.push(Buffer.from(text))).toString();
  assert.equal(push("event: output\ndata: for r\n\n"), "event: output\ndata: for r\n\n");
  assert.equal(push('data: "\\n\\u0072"\n\n'), 'data: "\\n\\u0072"\n\n');
  assert.equal(push("data: a r8_"), "data: a ");
  assert.equal(push("x"), "r8_x");
  assert.equal(push("data: \\u00"), "data: ");
  assert.equal(push("e4"), "\\u00e4");
});

test("escapes that spell no secret cost no call each: a caller's own input comes back with millions", () => {
  const calls = mock.method(Object, "entries");
  const text = `"${"\\\\".repeat(1000)}${'\\"\\u0072\\n'.repeat(1000)}"`;
  assert.equal(scrubber.secrets(text), text);
  assert.equal(scrub([Buffer.from(text)]), text);
  assert.equal(calls.mock.callCount(), 0);
  mock.restoreAll();
});

test("the number of bytes that are held back is limited", () => {
  const stream = scrubber.stream();
  const most = 12 * (signingKey.length + 1);
  let kept = 0;
  for (const unit of `${"\\".repeat(1000)}${escaped(signingKey).slice(0, -1).repeat(9)}`) {
    kept += 1 - stream.push(Buffer.from(unit)).length;
    assert.ok(kept <= most);
  }
  assert.equal(kept, stream.end().length);
});

test("JSON stays valid if an escape ends with the first letter of a secret", async () => {
  assert.doesNotThrow(() => JSON.parse(scrubber.secrets(`"\\${inJson("r8_")}${inJson(token.slice(3))}"`)));
});

test("a token in a stream does not reach the page", async () => {
  const streamUrl = "https://stream.replicate.com/s";
  const relay = makeRelay({
    token: "r8_of_a_test",
    fetch: async (url) => {
      if (url !== streamUrl) return Response.json({ ...created, urls: { stream: streamUrl } }, { status: 201 });
      const pieces = ["event: logs\ndata: Bearer r8_", "of_a", "_test\n\n", "event: done\ndata: {}\n\nr8"];
      const body = new ReadableStream({
        start(stream) {
          for (const piece of pieces) stream.enqueue(new TextEncoder().encode(piece));
          stream.close();
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
  });
  const { urls } = await (await relay(createRequest())).json();
  const answer = await relay(new Request(urls.stream));
  assert.equal(await answer.text(), "event: logs\ndata: Bearer [token]\n\nevent: done\ndata: {}\n\nr8");
});
