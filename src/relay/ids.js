/**
 * Signed ids: what binds a prediction to the caller who created it, without a database.
 *
 * A page gets `<id>.<slot><mac>`: the id at Replicate, the slot of the limits that it holds (any instance can then
 * free it), and an HMAC-SHA-256 over kind, caller, id and slot. The address of a stream is a key to it, so it goes
 * out encrypted (AES-GCM) for this caller and prediction: neither a page nor a log of addresses can read it, and
 * the relay never asks an address that it has not written itself.
 */
import { Cache } from "./cache.js";
import { notFound } from "./problem.js";

const slotLength = 12;
const ivLength = 12;
const encoder = new TextEncoder();

/** The slot in the ids of predictions that hold none, such as those of a list. */
export const noSlot = "A".repeat(slotLength);

/** A new slot's name: 72 random bits. */
export function newSlot() {
  return base64url(crypto.getRandomValues(new Uint8Array(slotLength * 0.75)));
}

/**
 * @param {{ token: string, signingKey?: string }} config without a signing key one is derived from the token, so
 * that every instance with the same token agrees
 */
export function createSigner({ token, signingKey }) {
  // The keys, never their promises: in Workers a promise must not be awaited by another request than its own.
  let signingBytes;
  let sealingKey;
  // A prediction is polled many times, and each call of WebCrypto crosses to another thread.
  const macs = new Cache();
  const seals = new Cache();

  async function keyBytes() {
    signingBytes ??= signingKey
      ? encoder.encode(signingKey)
      : await hmac(encoder.encode(token), "replicate-wasm/relay ids 1");
    return signingBytes;
  }

  async function sealing() {
    sealingKey ??= await crypto.subtle.importKey(
      "raw",
      await hmac(await keyBytes(), "replicate-wasm/relay streams 1"),
      "AES-GCM",
      false,
      ["encrypt", "decrypt"],
    );
    return sealingKey;
  }

  async function sign(...parts) {
    const message = unambiguous(parts);
    const mac = macs.get(message) ?? base64url(await hmac(await keyBytes(), message));
    macs.set(message, mac);
    return mac;
  }

  return {
    /** @param {string} kind "prediction" or "training" */
    async signId(kind, caller, id, slot) {
      return `${id}.${slot}${await sign(kind, caller, id, slot)}`;
    },

    /** The id and slot of a signed id; 404 for one that is forged or another caller's. */
    async openId(kind, caller, signed) {
      const [, id, slot, mac] = /^([\w-]+)\.([\w-]{12})([\w-]{43})$/.exec(signed) ?? [];
      // Compared as text: several base64 texts decode to the same bytes, and only one of them is ours.
      if (!id || !sameText(mac, await sign(kind, caller, id, slot))) throw notFound();
      return { id, slot };
    },

    /** The address of a prediction's stream as a path segment. It is the same each time: pages compare addresses. */
    async sealUrl(caller, prediction, url) {
      const message = unambiguous(["stream", caller, prediction, url]);
      const kept = seals.get(message);
      if (kept !== undefined) return kept;
      // A number that depends on all that is sealed is used for this alone, as AES-GCM needs it.
      const iv = new Uint8Array(await hmac(await keyBytes(), message)).slice(0, ivLength);
      const sealed = await crypto.subtle.encrypt(
        { name: "AES-GCM", iv, additionalData: binding(caller, prediction) },
        await sealing(),
        encoder.encode(url),
      );
      const segment = base64url(new Uint8Array([...iv, ...new Uint8Array(sealed)]));
      seals.set(message, segment);
      return segment;
    },

    /** The address that was sealed; 404 for anything else. */
    async openUrl(caller, prediction, segment) {
      try {
        const bytes = Uint8Array.from(atob(segment.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
        if (base64url(bytes) !== segment) throw notFound();
        const url = await crypto.subtle.decrypt(
          { name: "AES-GCM", iv: bytes.slice(0, ivLength), additionalData: binding(caller, prediction) },
          await sealing(),
          bytes.slice(ivLength),
        );
        return new TextDecoder().decode(url);
      } catch {
        throw notFound();
      }
    },
  };
}

function binding(caller, prediction) {
  return encoder.encode(unambiguous([caller, prediction]));
}

/** JSON keeps the parts apart, and escapes lone surrogates, which TextEncoder would make all alike. */
function unambiguous(parts) {
  return JSON.stringify(parts);
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
