import assert from "node:assert/strict";
import { inspect } from "node:util";
import { test } from "node:test";
import { createRelay } from "../../src/relay/index.js";

const right = { token: "r8_secret", authorize: () => "alice" };

for (const [name, wrong, sentence] of [
  ["no authorize", { authorize: undefined }, /authorize must be a function/],
  ["an authorize that is a string", { authorize: "alice" }, /authorize must be a function/],
  ["a token with a line break", { token: "r8_secret\n" }, /token must be .* one line/],
  ["a token that is no string", { token: 5 }, /token must be/],
  ["an upstream by plain http", { upstream: "http://api.replicate.com/v1" }, /upstream must be a string: an https URL/],
  ["an upstream whose name starts like loopback", { upstream: "http://127.0.0.1.evil.example/v1" }, /upstream/],
  ["an upstream whose name is almost localhost", { upstream: "http://localhost.evil.example/v1" }, /upstream/],
  ["an upstream with a password", { upstream: "https://user:pass@api.replicate.com/v1" }, /upstream/],
  ["an upstream that is no URL", { upstream: "api.replicate.com" }, /upstream/],
  ["an upstream of another scheme", { upstream: "file:///etc/passwd" }, /upstream/],
  ["a stream host that is a URL", { streamHosts: ["https://stream.replicate.com"] }, /streamHosts/],
  ["a stream host with a path", { streamHosts: ["stream.replicate.com/x"] }, /streamHosts/],
  ["a model without an owner", { models: ["llama"] }, /models must be/],
  ["all models", { models: ["*"] }, /models must be/],
  ["all owners", { models: ["*/*"] }, /models must be/],
  ["half a wildcard", { models: ["meta/llama-*"] }, /models must be/],
  ["a bare version", { models: ["a".repeat(64)] }, /models must be/],
  ["a model with an empty version", { models: ["meta/llama:"] }, /models must be/],
  ["models that are one string", { models: "meta/llama" }, /models must be/],
  ["an origin with a path", { origins: ["https://app.example/"] }, /origins must be/],
  ["an origin that is a host", { origins: ["app.example"] }, /origins must be/],
  ["all origins", { origins: ["*"] }, /origins must be/],
  ["the null origin", { origins: ["null"] }, /origins must be/],
  ["an origin of another scheme", { origins: ["ftp://app.example"] }, /origins must be/],
  ["a public origin with a path", { publicOrigin: "https://app.example/relay" }, /publicOrigin/],
  ["an extension without its id", { origins: ["chrome-extension://"] }, /origins must be .*; "chrome-extension:\/\/" is none/],
  ["an app's origin with a path", { origins: ["tauri://localhost/"] }, /origins/],
  ["a scheme of an app alone", { origins: ["tauri:"] }, /origins/],
  ["a public address with a query", { publicUrl: "https://app.example/?a" }, /publicUrl must be a string: an address/],
  ["a public address with a password", { publicUrl: "https://u:p@app.example/" }, /publicUrl/],
  ["a public address of another scheme", { publicUrl: "ftp://app.example" }, /publicUrl/],
  ["a public address that is a host", { publicUrl: "app.example" }, /publicUrl/],
  ["both names of the public address", { publicUrl: "https://a.example", publicOrigin: "https://a.example" }, /publicOrigin must be left out/],
  ["a trust that is a text", { trustForwarded: "yes" }, /trustForwarded must be true or false, not a string\.$/],
  ["all headers", { allowHeaders: ["*"] }, /allowHeaders must be a list of names of headers; "\*" is none/],
  ["a header with a line break", { allowHeaders: ["X-A\r\nX-B"] }, /allowHeaders/],
  ["a negative heartbeat", { heartbeatMs: -1 }, /heartbeatMs must be/],
  ["an endless heartbeat", { heartbeatMs: Infinity }, /heartbeatMs/],
  ["an option of every object", { constructor: 5 }, /constructor must be left out/],
  ["an unknown allow", { allow: ["everything"] }, /allow must be a list of .*lists/],
  ["a token that is too long", { token: `r8_secret${"x".repeat(1000)}` }, /token must be .* at most 1000 characters/],
  ["a token with two backslashes in a row", { token: "r8_\\\\secret" }, /token must be .* without two backslashes in a row/],
  ["a signing key of backslashes", { signingKey: "\\".repeat(16) }, /signingKey must be .* without two backslashes in a row/],
  ["a short signing key", { signingKey: "short" }, /signingKey must be a string of 16 to 1000 characters/],
  ["a signing key that is too long, such as a PEM file", { signingKey: "k".repeat(1001) }, /signingKey must be a string of 16 to 1000 characters/],
  ["a negative limit", { limits: { running: -1 } }, /limits\.running must be a whole number, not negative, not the number -1/],
  ["a limit that is no number", { limits: { running: "2" } }, /limits\.running must be a whole number, not negative, not a string/],
  ["a limit that is not a number at all", { limits: { bodyBytes: NaN } }, /limits/],
  ["half a prediction", { limits: { running: 1.5 } }, /limits/],
  ["an unknown limit", { limits: { perHour: 5 } }, /limits\.perHour must be left out.*createsPerMinute/],
  ["a store without release", { store: { acquire() {} } }, /store/],
  ["a cancelAfter in another form", { cancelAfter: "5 minutes" }, /cancelAfter/],
  ["a cancelAfter of nought", { cancelAfter: "0s" }, /cancelAfter/],
  ["a cancelAfter that is a number", { cancelAfter: 90 }, /cancelAfter/],
  ["a time of nought", { timeoutMs: 0 }, /timeoutMs/],
  ["a time that setTimeout cannot hold", { timeoutMs: Infinity }, /timeoutMs/],
  ["a hook that is no function", { onResponse: true }, /onResponse must be a function/],
  ["a misspelt option", { cancelafter: "90s" }, /cancelafter must be left out.* cancelAfter/],
]) {
  test(`${name} throws at start-up`, () => {
    assert.throws(
      () => createRelay({ ...right, ...wrong }),
      (error) => {
        assert.ok(error instanceof TypeError);
        assert.match(error.message, sentence);
        assert.ok(!error.message.includes("r8_secret"), "the message contains the token");
        return true;
      },
    );
  });
}

test("a missing token throws at start-up with what to do", () => {
  const { REPLICATE_API_TOKEN: before } = process.env;
  delete process.env.REPLICATE_API_TOKEN;
  try {
    for (const token of [undefined, ""]) {
      assert.throws(
        () => createRelay({ ...right, token }),
        /No token: set REPLICATE_API_TOKEN or the option token \(https:\/\/replicate\.com\/account\/api-tokens\)/,
      );
    }
    assert.throws(() => createRelay(), TypeError);
    process.env.REPLICATE_API_TOKEN = "r8_of_the_environment";
    assert.equal(typeof createRelay({ authorize: () => null }), "function");
  } finally {
    delete process.env.REPLICATE_API_TOKEN;
    if (before !== undefined) process.env.REPLICATE_API_TOKEN = before;
  }
});

test("valid options are accepted", () => {
  for (const options of [
    {},
    { upstream: "https://api.replicate.com/v1/", streamHosts: ["stream.replicate.com", "localhost:8080"] },
    { upstream: "http://127.0.0.1:5000/v1" },
    { upstream: "http://[::1]:5000/v1" },
    { upstream: "http://localhost:5000/v1" },
    { models: ["meta/*", "black-forest-labs/flux-1.1-pro", `bytedance/sdxl-lightning-4step:${"5".repeat(64)}`] },
    { origins: ["https://app.example", "http://localhost:5173"], publicOrigin: "https://example.com" },
    { origins: ["app://", "tauri://localhost"], publicUrl: "https://example.com/app/relay", allowHeaders: ["X-Session"] },
    { trustForwarded: true, heartbeatMs: 0, limits: { requestsPerMinute: 0, requests: 1, totalRequests: Infinity } },
    { limits: { running: 0, createsPerMinute: Infinity, bodyBytes: undefined } },
    { token: "r".repeat(1000), signingKey: "k".repeat(1000) },
    { cancelAfter: "1h30m", signingKey: "0123456789abcdef", timeoutMs: 1000 },
  ]) {
    assert.equal(typeof createRelay({ ...right, ...options }), "function");
  }
});

test("a relay shows nothing of its options", () => {
  const relay = createRelay({ ...right, signingKey: "another-secret-key" });
  assert.doesNotMatch(inspect(relay, { depth: 9, showHidden: true }) + JSON.stringify({ relay }), /r8_secret|another-secret/);
});
