import test from "node:test";
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import Replicate from "replicate";
import { validateWebhook } from "../../src/npm/webhooks.js";

const KEY = Buffer.from("a key that is not one");
const SECRET = `whsec_${KEY.toString("base64")}`;
const BODY = '{"id":"w1r2","status":"succeeded","output":["Frühling"]}';

const now = () => Math.floor(Date.now() / 1000);

function sign(body = BODY, timestamp = now(), id = "msg_1") {
  const digest = createHmac("sha256", KEY).update(`${id}.${timestamp}.`).update(body).digest("base64");
  return { id, timestamp: String(timestamp), signature: `v1,${digest}` };
}

const headers = ({ id, timestamp, signature }) => ({
  "webhook-id": id,
  "webhook-timestamp": timestamp,
  "webhook-signature": signature,
});

const request = (signed = sign(), body = BODY) =>
  new Request("https://app.example/hook", { method: "POST", headers: headers(signed), body });

test("a request signed with the secret is valid, and its body can still be read", async () => {
  const incoming = request();
  assert.equal(await validateWebhook(incoming, SECRET), true);
  assert.equal(await incoming.text(), BODY);
});

test("data signed with the secret is valid in both forms", async () => {
  assert.equal(await validateWebhook({ ...sign(), body: BODY, secret: SECRET }), true);
  assert.equal(await validateWebhook({ ...sign(), body: BODY }, SECRET), true);
});

const BODIES = {
  text: BODY,
  "an object that a framework has parsed": JSON.parse(BODY),
  "a Buffer": Buffer.from(BODY),
  "an ArrayBuffer": new TextEncoder().encode(BODY).buffer,
  "a stream": new Blob([BODY]).stream(),
};

for (const [name, body] of Object.entries(BODIES)) {
  test(`an object like a request is valid when its body is ${name}`, async () => {
    assert.equal(await validateWebhook({ headers: headers(sign()), body }, SECRET), true);
  });
}

test("an event of AWS Lambda is valid with its body as base64 or as text", async () => {
  const event = { version: "2.0", headers: headers(sign()), requestContext: {} };
  assert.equal(await validateWebhook({ ...event, body: Buffer.from(BODY).toString("base64"), isBase64Encoded: true }, SECRET), true);
  assert.equal(await validateWebhook({ ...event, body: BODY, isBase64Encoded: false }, SECRET), true);
  assert.equal(await validateWebhook({ ...event, body: Buffer.from(BODY).toString("base64"), isBase64Encoded: false }, SECRET), false);
});

test("a body is decoded as base64 only when isBase64Encoded is set", async () => {
  const body = { isBase64Encoded: true, text: "aGk=" };
  assert.equal(await validateWebhook({ headers: headers(sign(JSON.stringify(body))), body }, SECRET), true);
});

test("headers in capitals and Headers objects are read", async () => {
  const signed = sign();
  const capitals = { "Webhook-Id": signed.id, "Webhook-Timestamp": signed.timestamp, "WEBHOOK-SIGNATURE": signed.signature };
  assert.equal(await validateWebhook({ headers: capitals, body: BODY }, SECRET), true);
  assert.equal(await validateWebhook({ headers: new Headers(capitals), body: BODY }, SECRET), true);
});

test("Replicate's own client agrees on what is valid", async () => {
  for (const signed of [sign(), { ...sign(), signature: sign("another").signature }]) {
    const data = { ...signed, body: BODY, secret: SECRET };
    assert.equal(await validateWebhook(data), await Replicate.validateWebhook(data));
  }
});

const other = createHmac("sha256", "another").update("x").digest("base64");
const FORGED = {
  "another body": { ...sign("another"), body: BODY },
  "another id": { ...sign(), id: "msg_2" },
  "another timestamp": { ...sign(), timestamp: String(now() - 1) },
  "another secret": { ...sign(), secret: `whsec_${other}` },
  "a signature cut short": { ...sign(), signature: sign().signature.slice(0, -4) },
  "a signature that is not base64": { ...sign(), signature: "v1,%%%" },
  "a signature without its version": { ...sign(), signature: sign().signature.slice(3) },
  "a signature of another version": { ...sign(), signature: sign().signature.replace("v1", "v2") },
  "a version alone": { ...sign(), signature: "v1" },
  "an empty signature": { ...sign(), signature: "v1," },
};

for (const [name, data] of Object.entries(FORGED)) {
  test(`a webhook with ${name} is not valid`, async () => {
    assert.equal(await validateWebhook({ body: BODY, secret: SECRET, ...data }), false);
  });
}

test("one valid signature among several is enough", async () => {
  const signed = sign();
  const signature = `v1,${other} v2,${other} v1,%%% ${signed.signature}`;
  assert.equal(await validateWebhook(request({ ...signed, signature }), SECRET), true);
});

test("the number of signatures that are checked is limited", async () => {
  const { subtle } = globalThis.crypto;
  let digests = 0;
  const counting = {
    importKey: (...args) => subtle.importKey(...args),
    verify: (...args) => (digests++, subtle.verify(...args)),
  };
  const data = { ...sign(), signature: `v1,${other} `.repeat(5000), body: BODY, secret: SECRET };
  assert.equal(await validateWebhook(data, { subtle: counting }), false);
  assert.equal(digests, 16);
});

test("a timestamp more than five minutes before or after now is not valid; the tolerance is an option", async () => {
  for (const seconds of [-310, 310]) {
    const data = { ...sign(BODY, now() + seconds), body: BODY, secret: SECRET };
    assert.equal(await validateWebhook(data), false);
    assert.equal(await validateWebhook(data, { toleranceMs: 400_000 }), true);
    assert.equal(await validateWebhook(data, undefined, { toleranceMs: Infinity }), true);
  }
  const recent = sign(BODY, now() - 290);
  assert.equal(await validateWebhook(request(recent), SECRET), true);
  assert.equal(await validateWebhook(request(recent), SECRET, { toleranceMs: 60_000 }), false);
});

test("a signed timestamp that is no number is not valid", async () => {
  assert.equal(await validateWebhook(request(sign(BODY, "soon")), SECRET), false);
});

test("the option subtle replaces the global crypto", async () => {
  const data = { ...sign(), body: BODY, secret: SECRET };
  assert.equal(await validateWebhook(data, globalThis.crypto), true);
  assert.equal(await validateWebhook(request(), SECRET, globalThis.crypto), true);
});

test("the signature is checked over the bytes, with a byte order mark and malformed UTF-8", async () => {
  const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0xff, 0x7d]);
  assert.equal(await validateWebhook(request(sign(bytes), bytes), SECRET), true);
});

const data = { ...sign(), body: BODY, secret: SECRET };
const used = request();
await used.text();

const INVALID = {
  "nothing at all": [[undefined], "Missing required webhook headers: webhook-id, webhook-timestamp and webhook-signature"],
  "no id": [[{ ...data, id: undefined }], "Missing required webhook headers: webhook-id, webhook-timestamp and webhook-signature"],
  "no timestamp": [[{ ...data, timestamp: "" }], "Missing required webhook headers: webhook-id, webhook-timestamp and webhook-signature"],
  "a request without the headers": [[new Request("https://app.example", { method: "POST", body: BODY }), SECRET], "Missing required webhook headers: webhook-id, webhook-timestamp and webhook-signature"],
  "no body": [[{ ...data, body: undefined }], "Missing required body: give it as it was sent"],
  "no secret": [[{ ...data, secret: undefined }], "Missing required secret: webhooks.default.secret.get() resolves to it"],
  "a request and no secret": [[request()], "Missing required secret: webhooks.default.secret.get() resolves to it"],
  "a secret that is not base64": [[{ ...data, secret: "whsec_hunter2!" }], "The secret of the webhook must be whsec_ and base64: webhooks.default.secret.get() resolves to it"],
  "an empty key": [[{ ...data, secret: "whsec_" }], "The secret of the webhook must be whsec_ and base64: webhooks.default.secret.get() resolves to it"],
  "a body that was read before": [[used, SECRET], "The body of the webhook cannot be read: validate it before anything else reads it"],
  "a Lambda event whose body is no base64": [[{ headers: headers(sign()), body: "%", isBase64Encoded: true }, SECRET], "The body of the webhook cannot be read: validate it before anything else reads it"],
  "a platform without WebCrypto": [[data, { subtle: null }], "This platform has no crypto.subtle: give one in the option subtle"],
  "a tolerance that is no number": [[data, { toleranceMs: "soon" }], "The option toleranceMs must be a number of milliseconds, not a string"],
};

for (const [name, [args, message]] of Object.entries(INVALID)) {
  test(`${name} is an invalid_argument`, async () => {
    await assert.rejects(validateWebhook(...args), { code: "invalid_argument", message });
  });
}
