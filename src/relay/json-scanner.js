/**
 * Checks JSON while it arrives: the body of a request is refused at the first thing that may not be in it, and nothing is
 * built of a text that turns out too large.
 */
import { isAligned, longRun, skipPlain, skipRepeated } from "./byte-runs.js";
import { isWholeScalar, scalarNext, scalarStart } from "./json-scalar.js";
import { StringKeeper } from "./json-string.js";

// What comes next, in JSON's grammar.
const VALUE = 0;
const VALUE_OR_END = 1;
const KEY = 2;
const KEY_OR_END = 3;
const COLON = 4;
const COMMA_OR_END = 5;
const STRING = 6;
const ESCAPE = 7;
const HEX = 8;
const SCALAR = 9;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON_SIGN = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const U = 0x75;

const isBlank = table("\t\n\r ");
const isHex = table("0123456789abcdefABCDEF");
const isEscapable = table('"\\/bfnrtu');
// To decode many long keys takes time.
const keptOfInnerKey = 64;

/** The text is no JSON. */
export class JsonError extends Error {}

/**
 * @typedef {object} JsonRules what a text may be; each may throw to refuse it, and nothing more is read then
 * @property {(first: string) => void} [onRoot] told the first character of the outermost value
 * @property {(key: string) => void} [onKey] told each key of the outermost object
 * @property {(key: string, written: string) => void} [onInnerKey] told each key of an object that is a member of the
 * outermost one: that member's key, and the first 64 bytes of its own as they are written, with their escapes
 * @property {(counts: { depth: number, keys: number, keyBytes: number, values: number, lists: number }) => void} [onCount]
 * told at each key and value how many there are; `lists` counts lists and objects, `keyBytes` those of the last key
 */

/** Checks JSON as it arrives, in pieces of any size, in one pass over its bytes and without building its values. */
export class JsonScanner {
  /**
   * @param {JsonRules} [rules]
   * @param {string[]} [wanted] keys of the outermost object whose values, where they are strings, are kept in `texts`
   */
  constructor({ onRoot, onKey, onInnerKey, onCount } = {}, wanted = []) {
    this.onRoot = onRoot;
    this.onKey = onKey;
    this.onInnerKey = onInnerKey;
    this.onCount = onCount;
    /** The members of the outermost object: key, and where the value begins and ends in the whole. */
    this.members = [];
    /** The strings of the wanted keys, while the whole need not be kept. */
    this.texts = {};
    this.wanted = wanted;
    /** The first character of the outermost value; `undefined` before there is one. */
    this.root = undefined;
    this.counts = { depth: 0, keys: 0, keyBytes: 0, values: 0, lists: 0 };
    this.state = VALUE;
    this.offset = 0;
    this.isList = []; // for each open list or object
    this.key = undefined; // the outermost object's last one
    this.kept = undefined; // a key or a wanted string, while it is read
    this.isKey = false;
    this.hexLeft = 0;
    this.scalar = scalarStart; // the state of a number or word, while it is read
  }

  /** @param {Uint8Array} bytes the next piece */
  push(bytes) {
    let at = 0;
    while (at < bytes.length) {
      if (this.state === STRING) at = this.#string(bytes, at);
      else if (this.state === SCALAR) at = this.#scalar(bytes, at);
      else at = this.#mark(bytes, at);
    }
    this.offset += bytes.length;
  }

  /** Call it at the end. */
  end() {
    if (this.state === SCALAR) this.#endScalar(0);
    if (this.state !== COMMA_OR_END || this.isList.length > 0) throw new JsonError();
  }

  /** Passes over a string up to its end or the end of the piece; returns where it stopped. */
  #string(bytes, start) {
    const { length } = bytes;
    let at = start;
    let longAt = start + longRun;
    while (at < length) {
      if (at >= longAt && isAligned(bytes, at)) {
        at = skipPlain(bytes, at);
        longAt = at + longRun;
        if (at === length) break;
      }
      const byte = bytes[at];
      if (byte === BACKSLASH) {
        const end = endOfEscape(bytes, at);
        if (end === 0) break; // the rest is in the next piece
        at = end;
        longAt = end + longRun;
      } else if (byte === QUOTE) break;
      else if (byte < 0x20) throw new JsonError();
      else at++;
    }
    const isCut = bytes[at] === BACKSLASH;
    if (this.isKey) this.#countKeyBytes(at - start);
    this.kept?.add(bytes, start, isCut ? at + 1 : at);
    if (at === length) return at;
    if (isCut) this.state = ESCAPE;
    else this.#endString(at + 1);
    return at + 1;
  }

  #endString(at) {
    if (this.isKey) return this.#endKey();
    if (this.kept !== undefined) this.texts[this.key] = this.kept.text;
    this.kept = undefined;
    this.#endValue(at);
  }

  /** Passes over a number or a word up to its end or the end of the piece; returns where it stopped. */
  #scalar(bytes, start) {
    let at = start;
    let state = this.scalar;
    for (; at < bytes.length; at++) {
      const next = scalarNext(state, bytes[at]);
      if (next === 0) break;
      state = next;
    }
    this.scalar = state;
    if (at < bytes.length) this.#endScalar(at);
    return at;
  }

  #endScalar(at) {
    if (!isWholeScalar(this.scalar)) throw new JsonError();
    this.#endValue(at);
  }

  /** Reads one character of the structure, or of an escape that was cut. */
  #mark(bytes, at) {
    const byte = bytes[at];
    if (this.state === ESCAPE || this.state === HEX) {
      this.#escape(byte);
      if (this.isKey) this.#countKeyBytes(1);
      this.kept?.add(bytes, at, at + 1);
      return at + 1;
    }
    if (isBlank[byte]) return endOfBlanks(bytes, at);
    switch (this.state) {
      case VALUE_OR_END:
        if (byte === CLOSE_LIST) return this.#close(at);
      // falls through
      case VALUE:
        return this.#beginValue(byte, at);
      case KEY_OR_END:
        if (byte === CLOSE_OBJECT) return this.#close(at);
      // falls through
      case KEY:
        return this.#beginKey(byte, at);
      case COLON:
        if (byte !== COLON_SIGN) throw new JsonError();
        this.state = VALUE;
        return at + 1;
      default: {
        const isList = this.isList.at(-1);
        if (isList === undefined) throw new JsonError();
        if (byte === (isList ? CLOSE_LIST : CLOSE_OBJECT)) return this.#close(at);
        if (byte !== COMMA) throw new JsonError();
        this.state = isList ? VALUE : KEY;
        return at + 1;
      }
    }
  }

  #escape(byte) {
    if (this.state === ESCAPE) {
      if (!isEscapable[byte]) throw new JsonError();
      this.hexLeft = 4;
      this.state = byte === U ? HEX : STRING;
      return;
    }
    if (!isHex[byte]) throw new JsonError();
    if (--this.hexLeft === 0) this.state = STRING;
  }

  #beginKey(byte, at) {
    if (byte !== QUOTE) throw new JsonError();
    this.#count("keys");
    this.counts.keyBytes = 0;
    this.isKey = true;
    const depth = this.isList.length;
    if (depth === 1) this.kept = new StringKeeper();
    else if (depth === 2 && !this.isList[0] && this.onInnerKey) this.kept = new StringKeeper(keptOfInnerKey);
    this.state = STRING;
    return at + 1;
  }

  #endKey() {
    if (this.isList.length === 1) {
      this.key = this.kept.text;
      this.onKey?.(this.key);
    } else if (this.kept !== undefined) this.onInnerKey(this.key, this.kept.written);
    this.kept = undefined;
    this.isKey = false;
    this.state = COLON;
  }

  #beginValue(byte, at) {
    if (this.root === undefined) {
      this.root = String.fromCharCode(byte);
      this.onRoot?.(this.root);
    }
    const isMember = this.isList.length === 1 && !this.isList[0];
    if (isMember) this.members.push([this.key, this.offset + at, 0]);
    this.#count("values");
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      this.isList.push(byte === OPEN_LIST);
      this.counts.depth = this.isList.length;
      this.#count("lists");
      this.state = byte === OPEN_LIST ? VALUE_OR_END : KEY_OR_END;
      return at + 1;
    }
    if (byte === QUOTE) {
      if (isMember && this.wanted.includes(this.key)) this.kept = new StringKeeper();
      this.state = STRING;
      return at + 1;
    }
    if (scalarNext(scalarStart, byte) === 0) throw new JsonError();
    this.scalar = scalarStart;
    this.state = SCALAR;
    return at;
  }

  #close(at) {
    this.isList.pop();
    this.#endValue(at + 1);
    return at + 1;
  }

  #endValue(at) {
    if (this.isList.length === 1 && !this.isList[0]) this.members.at(-1)[2] = this.offset + at;
    this.state = COMMA_OR_END;
  }

  #countKeyBytes(bytes) {
    this.counts.keyBytes += bytes;
    this.onCount?.(this.counts);
  }

  #count(what) {
    this.counts[what]++;
    this.onCount?.(this.counts);
  }
}

/** Where white space ends. */
function endOfBlanks(bytes, start) {
  let longAt = start + longRun;
  let at = start;
  while (at < bytes.length && isBlank[bytes[at]]) {
    at++;
    if (at < longAt || !isAligned(bytes, at)) continue;
    at = skipRepeated(bytes, at - 4); // those four are blank
    longAt = at + longRun;
  }
  return at;
}

/** Where an escape ends that begins at the backslash; 0 when the piece ends before. */
function endOfEscape(bytes, at) {
  if (at + 1 === bytes.length) return 0;
  const byte = bytes[at + 1];
  if (!isEscapable[byte]) throw new JsonError();
  if (byte !== U) return at + 2;
  if (at + 6 > bytes.length) return 0;
  for (let digit = at + 2; digit < at + 6; digit++) if (!isHex[bytes[digit]]) throw new JsonError();
  return at + 6;
}

/** For each byte: is it one of these characters? */
function table(characters) {
  const found = new Uint8Array(256);
  for (const character of characters) found[character.charCodeAt(0)] = 1;
  return found;
}
