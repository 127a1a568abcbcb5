/**
 * Removes secrets from answers: the token and the signing key, wherever Replicate may quote them. In errors it also replaces
 * the URL of Replicate's API.
 */
import { includesBytes, joinBytes } from "./bytes.js";
import { begun, written } from "./spelling.js";

const BACKSLASH = 0x5c;
const none = new Uint8Array(0);

/** @param {{ token: string, signingKey?: string, upstream: string }} config */
export function createScrubber({ token, signingKey, upstream }) {
  const words = signingKey ? { token, key: signingKey } : { token };
  const encoded = Object.values(words).map((word) => new TextEncoder().encode(word));
  const named = Object.entries(words).map(([name, word]) => `(?<${name}>${written(word)})`);
  const pattern = createPattern(named);
  const streamPattern = createPattern([...named, `(?<begun>${Object.values(words).map(begun).join("|")})`]);
  const addressPattern = createPattern([`(?<address>${written(upstream)})`]);

  /** Whether bytes surely hold no secret: neither the secret itself nor an escape. True for most answers. */
  const isClean = (bytes) => !bytes.includes(BACKSLASH) && !encoded.some((word) => includesBytes(bytes, word));

  const secrets = (text) => replace(text, pattern, (name) => `[${name}]`);

  /** Removes the secrets of a stream. A secret may be split between two pieces at any byte. */
  class StreamScrubber {
    #held = none;

    /** Returns the next bytes without secrets. Holds back an end that may be the beginning of a secret. */
    push(piece) {
      const bytes = this.#held.length > 0 ? joinBytes([this.#held, piece]) : piece;
      this.#held = none;
      if (isClean(bytes) && !encoded.some((word) => endsWithBeginning(bytes, word))) return bytes;
      const text = replace(toBinary(bytes), streamPattern, (name, found) => {
        if (name !== "begun") return `[${name}]`;
        this.#held = fromBinary(found);
        return "";
      });
      return fromBinary(text);
    }

    /** The bytes that were held back. At the end of the stream they cannot become a secret. */
    end() {
      return this.#held;
    }
  }

  return {
    /** Removes the secrets of a text. */
    secrets,

    /** Removes the secrets of a whole answer, or of a part that splits no secret. Bytes without secrets are not copied. */
    part(part) {
      if (typeof part === "string") return secrets(part);
      return isClean(part) ? part : secrets(new TextDecoder().decode(part));
    },

    /** Replaces Replicate's URL by the relay's. */
    addresses: (text, base) => replace(text, addressPattern, () => base),

    stream: () => new StreamScrubber(),
  };
}

/**
 * An expression that finds the words. It matches two backslashes as a pair, since in JSON they are one backslash and begin no
 * escape. A single backslash before a word is replaced with it: before the replacement it would be an invalid escape.
 *
 * @param {string[]} words expressions, each a named group
 */
function createPattern(words) {
  return new RegExp(`\\\\\\\\|\\\\?(?:${words.join("|")})`, "g");
}

/** @param {(name: string, found: string) => string} replacement gets the name of the word's group, and the match */
function replace(text, pattern, replacement) {
  return text.replace(pattern, (found, ...rest) => {
    const name = Object.entries(rest.at(-1)).find(([, value]) => value !== undefined)?.[0];
    return name === undefined ? found : replacement(name, found);
  });
}

/** Whether the bytes end with the beginning of the word. */
function endsWithBeginning(bytes, word) {
  for (let start = Math.max(0, bytes.length - word.length + 1); start < bytes.length; start++) {
    if (bytes[start] === word[0] && bytes.subarray(start).every((byte, i) => byte === word[i])) return true;
  }
  return false;
}

/** A text with one character for each byte. */
function toBinary(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

function fromBinary(text) {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
