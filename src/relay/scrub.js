/**
 * Removes secrets from answers: the token and the signing key, wherever Replicate may quote them. In errors it also replaces
 * the URL of Replicate's API.
 */
import { createSearch, joinBytes } from "./bytes.js";
import { begun, written } from "./spelling.js";

const BACKSLASH = 0x5c;
const none = new Uint8Array(0);

/** @param {{ token: string, signingKey?: string, upstream: string }} config */
export function createScrubber({ token, signingKey, upstream }) {
  const words = signingKey ? { token, key: signingKey } : { token };
  const encoded = Object.values(words).map((word) => new TextEncoder().encode(word));
  const searches = encoded.map(createSearch);
  const named = Object.entries(words).map(([name, word]) => `(?<${name}>${written(word)})`);
  const pattern = createPattern(named);
  const begunPattern = createPattern([`(?<begun>${Object.values(words).map(begun).join("|")})`]);
  // Each character may be an escape of six, or a pair of them, and a backslash may stand before the word.
  const longest = 1 + 12 * Math.max(...Object.values(words).map((word) => word.length));
  const addressPattern = createPattern([`(?<address>${written(upstream)})`]);

  /** Whether bytes surely hold no secret: neither the secret itself nor an escape. True for most answers. */
  const isClean = (bytes) => !bytes.includes(BACKSLASH) && !searches.some((isIn) => isIn(bytes));

  const secrets = (text) => replace(text, pattern, (name) => `[${name}]`);

  /** Removes the secrets of a stream. A secret may be split between two pieces at any byte. */
  class StreamScrubber {
    #held = none;

    /** Returns the next bytes without secrets. Holds back an end that may be the beginning of a secret. */
    push(piece) {
      const bytes = this.#held.length > 0 ? joinBytes([this.#held, piece]) : piece;
      this.#held = none;
      if (isClean(bytes) && !encoded.some((word) => endsWithBeginning(bytes, word))) return bytes;
      const text = secrets(toBinary(bytes));
      const passed = replace(text, begunPattern, (_, found) => {
        this.#held = fromBinary(found);
        return "";
      }, text.length - longest);
      return fromBinary(passed);
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

/** @param {string[]} words expressions, each a named group */
function createPattern(words) {
  return new RegExp(words.join("|"), "g");
}

/**
 * Replaces the words. Only they call a function: a text of many escapes would take seconds if each did.
 * @param {(name: string, found: string) => string} replacement for a word by the name of its group
 * @param {number} [from] where to begin
 */
function replace(text, pattern, replacement, from = 0) {
  let replaced = "";
  let end = 0;
  pattern.lastIndex = Math.max(0, from);
  for (let match; (match = pattern.exec(text)) !== null; ) {
    const [found] = match;
    let start = match.index;
    if (isEscaped(text, start)) {
      if (found[0] === "\\") {
        // Two backslashes stand for one: what looks like an escape after the first is none.
        pattern.lastIndex = start + 1;
        continue;
      }
      start--; // or its backslash would make an invalid escape of what replaces the word
    }
    const [name] = Object.entries(match.groups).find(([, value]) => value !== undefined);
    const wordEnd = match.index + found.length;
    replaced += text.slice(end, start) + replacement(name, text.slice(start, wordEnd));
    end = wordEnd;
    if (end === text.length) break;
  }
  return end === 0 ? text : replaced + text.slice(end);
}

/** Whether the character at a place is escaped. An even number of backslashes stand for themselves. */
function isEscaped(text, at) {
  let first = at;
  while (text[first - 1] === "\\") first--;
  return (at - first) % 2 === 1;
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
