import { toBytes } from "./files.js";
import { invalid } from "./options.js";
import { attempt } from "./platform.js";
import { isContainer } from "./transform.js";

/** A sender that changes its secret signs twice. A header of thousands must not cost thousands of digests. */
const MAX_SIGNATURES = 16;

const fromBase64 = (text) => attempt(() => toBytes(atob(text)));

/** A header of a Request, of Node's `http`, or of a platform that keeps the sender's capitals. */
const header = (headers, name) =>
  typeof headers.get === "function" ? headers.get(name) : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];

/** The body as it was sent: decoding the bytes to text would lose a byte order mark. */
async function bytesOf(webhook) {
  try {
    // Of a clone, so that the caller can still read the request.
    const { body } = webhook.clone?.() ?? webhook;
    return await new Response(isContainer(body) ? JSON.stringify(body) : body).arrayBuffer();
  } catch (cause) {
    throw invalid("Body of the webhook cannot be read", cause);
  }
}

/**
 * Was this webhook sent by Replicate, and lately? `validateWebhook(request, secret)`, or
 * `validateWebhook({ id, timestamp, body, signature, secret })`.
 *
 * HMAC-SHA-256 over `id.timestamp.body`. One valid `v1` signature among those in the header is
 * enough; WebCrypto compares in constant time.
 *
 * @param {Request | object} webhook a request's body can still be read afterwards
 * @param {string | object} [secret] with a request; in the other form the options may stand here
 * @param {object} [options]
 * @param {number} [options.toleranceMs] how far off the timestamp may be; 300000
 * @param {SubtleCrypto} [options.subtle] where there is no global `crypto`; a `Crypto` has it
 * @returns {Promise<boolean>} false for a wrong signature and for a timestamp too far off
 * @throws {ReplicateError} "invalid_argument" when a header, the body or the secret is missing
 */
export async function validateWebhook(webhook, secret, options) {
  if (typeof secret === "object") [secret, options] = [undefined, secret];
  const { toleranceMs = 300_000, subtle = crypto.subtle } = options ?? {};
  if (!(toleranceMs >= 0)) throw invalid("Option toleranceMs must be a number of milliseconds");

  const { headers, body, secret: key = secret, ...data } = webhook ?? {};
  const [id, timestamp, signature] = ["id", "timestamp", "signature"].map((name) => (headers ? header(headers, `webhook-${name}`) : data[name]));
  const missing = !id || !timestamp || !signature ? "webhook headers" : !body ? "body" : !key && "secret";
  if (missing) throw invalid(`Missing required ${missing}`);

  if (!(Math.abs(Date.now() - timestamp * 1000) <= toleranceMs)) return false;

  const raw = fromBase64(`${key}`.replace(/^whsec_/, ""));
  if (!raw?.length) throw invalid("Webhook secret is not whsec_ and base64");
  const hmac = await subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  const signed = await new Blob([`${id}.${timestamp}.`, await bytesOf(webhook)]).arrayBuffer();
  for (const entry of `${signature}`.split(" ", MAX_SIGNATURES)) {
    const [version, base64] = entry.split(",");
    const digest = version === "v1" && fromBase64(base64);
    if (digest && (await subtle.verify("HMAC", hmac, digest, signed))) return true;
  }
  return false;
}
