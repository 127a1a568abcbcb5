/**
 * Signed ids: what binds a prediction to the caller who created it, without a database.
 *
 * A page gets `<id>.<slot><mac>`: the id at Replicate, the slot of the limits it holds (any instance can then
 * free it), and an HMAC-SHA-256 over kind, caller, id and slot. A stream's URL is signed the same way,
 * so the relay never asks a URL that it has not written itself.
 */
import { Cache } from "./cache.js";
import { notFound } from "./problem.js";

const slotLength = 12;
const encoder = new TextEncoder();

/** The slot in the ids of predictions that hold none, such as those of a list. */
export const noSlot = "A".repeat(slotLength);

/** A new slot's name: 72 random bits. */
export function newSlot() {
  return base64url(crypto.getRandomValues(new Uint8Array(slotLength * 0.75)));
}

/**
 * @param {{ token: string, signingKey?: string }} config without a signing key one is derived from the
 * token, so that every instance with the same token agrees
 */
export function createSigner({ token, signingKey }) {
  // The key, never its promise: in Workers a promise must not be awaited by another request than its own.
  let key;
  // A prediction is polled many times, and each call of WebCrypto crosses to another thread.
  const macs = new Cache();

  async function sign(...parts) {
    // JSON keeps the parts apart and escapes lone surrogates, which TextEncoder would make all alike.
    const message = JSON.stringify(parts);
    key ??= signingKey ? encoder.encode(signingKey) : await hmac(encoder.encode(token), "replicate-wasm/relay ids 1");
    const mac = macs.get(message) ?? base64url(await hmac(key, message));
    macs.set(message, mac);
    return mac;
  }

  /** @param {string} kind "prediction" or "training" */
  async function signId(kind, caller, id, slot) {
    return `${id}.${slot}${await sign(kind, caller, id, slot)}`;
  }

  /** The id and slot of a signed id; 404 for one that is forged or another caller's. */
  async function openId(kind, caller, signed) {
    const [, id, slot, mac] = /^([\w-]+)\.([\w-]{12})([\w-]{43})$/.exec(signed) ?? [];
    // Compared as text: several base64 texts decode to the same bytes, and only one of them is ours.
    if (!id || !sameText(mac, await sign(kind, caller, id, slot))) throw notFound();
    return { id, slot };
  }

  return {
    signId,
    openId,

    /** A stream's URL as a path segment, for this caller and this prediction. */
    signUrl: (caller, prediction, url) =>
      signId(`stream of ${prediction}`, caller, base64url(encoder.encode(url)), noSlot),

    async openUrl(caller, prediction, signed) {
      const { id } = await openId(`stream of ${prediction}`, caller, signed);
      return atob(id.replace(/-/g, "+").replace(/_/g, "/"));
    },
  };
}

async function hmac(secret, text) {
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return crypto.subtle.sign("HMAC", key, encoder.encode(text));
}

function base64url(bytes) {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return base64.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

// Takes the same time wherever the first difference is, so that a signature cannot be guessed piece by piece.
function sameText(a, b) {
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
