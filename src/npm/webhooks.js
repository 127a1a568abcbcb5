/** Not Rust: it verifies with the platform's WebCrypto, on servers that may use nothing else of this package. */

import * as argument from "./arguments.js";
import { invalid } from "./error.js";
import { isContainer } from "./inputs.js";

/** A sender that changes its secret signs with the old and the new one. The limit bounds the cost of a hostile header. */
const MAX_SIGNATURES = 16;

const decodeBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** Decodes base64; undefined for malformed text. */
function fromBase64(text) {
  try {
    return decodeBase64(text);
  } catch {
    return undefined;
  }
}

/** Reads a header from a `Headers` object, or from a plain object with names in any case. */
const header = (headers, name) =>
  typeof headers.get === "function" ? headers.get(name) : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];

/** The bytes of the body. Decoding to text would lose a byte order mark. */
async function bytesOf(webhook) {
  try {
    // A clone, so that the caller can still read the body.
    const { body, isBase64Encoded } = webhook.clone?.() ?? webhook;
    // The event of AWS Lambda behind an API Gateway or a function URL.
    if (isBase64Encoded && typeof body === "string") return decodeBase64(body);
    return new Uint8Array(await new Response(isContainer(body) ? JSON.stringify(body) : body).arrayBuffer());
  } catch (cause) {
    throw invalid("The body of the webhook cannot be read: validate it before anything else reads it", cause);
  }
}

/**
 * Checks that Replicate sent this webhook, and recently: `validateWebhook(request, secret)`, or
 * `validateWebhook({ id, timestamp, body, signature, secret })`.
 *
 * The signature is HMAC-SHA-256 over `id.timestamp.body`. One valid `v1` signature in the header is enough. WebCrypto
 * compares in constant time.
 *
 * @param {Request | object} webhook a Request's body can still be read afterwards
 * @param {string | object} [secret] of a request; the second form may have the options here
 * @param {object} [options]
 * @param {number} [options.toleranceMs] the largest difference between the timestamp and now, in milliseconds; 300000
 * @param {SubtleCrypto} [options.subtle] for platforms without a global `crypto`: the `subtle` of a `Crypto` object
 * @returns {Promise<boolean>} false for a wrong signature or an old timestamp
 * @throws {ReplicateError} "invalid_argument" when a header, the body or the secret is missing
 */
export async function validateWebhook(webhook, secret, options) {
  if (typeof secret === "object") [secret, options] = [undefined, secret];
  const { toleranceMs = 300_000, subtle = globalThis.crypto?.subtle } = options ?? {};
  argument.milliseconds("The option toleranceMs", toleranceMs);
  if (!subtle) throw invalid("This platform has no crypto.subtle: give one in the option subtle");

  const { headers, body, secret: key = secret, ...data } = webhook ?? {};
  const [id, timestamp, signature] = ["id", "timestamp", "signature"].map((name) => (headers ? header(headers, `webhook-${name}`) : data[name]));
  if (!id || !timestamp || !signature) throw invalid("Missing required webhook headers: webhook-id, webhook-timestamp and webhook-signature");
  if (!body) throw invalid("Missing required body: give it as it was sent");
  if (!key) throw invalid("Missing required secret: webhooks.default.secret.get() resolves to it");

  if (!(Math.abs(Date.now() - timestamp * 1000) <= toleranceMs)) return false;

  const raw = fromBase64(`${key}`.replace(/^whsec_/, ""));
  if (!raw?.length) throw invalid("The secret of the webhook must be whsec_ and base64: webhooks.default.secret.get() resolves to it");
  const hmac = await subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  const head = new TextEncoder().encode(`${id}.${timestamp}.`);
  const content = await bytesOf(webhook);
  const signed = new Uint8Array(head.length + content.length);
  signed.set(head);
  signed.set(content, head.length);
  for (const entry of `${signature}`.split(" ", MAX_SIGNATURES)) {
    const [version, base64] = entry.split(",");
    const digest = version === "v1" && fromBase64(base64);
    if (digest && (await subtle.verify("HMAC", hmac, digest, signed))) return true;
  }
  return false;
}
