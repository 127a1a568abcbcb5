/**
 * JSON as text. What the relay does not change keeps its bytes: a parse and a stringify would turn the seed
 * 12345678901234567890 into another number.
 *
 * `JsonScanner` checks a text while it arrives and finds the members of its outermost object. The other
 * functions take texts apart that a scanner has accepted.
 */

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
const escapes = '"\\/bfnrtu';
const scalar = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;
// No number needs more; an endless one would be kept in memory to be checked.
const longestScalar = 2000;

/** The text is no JSON. */
export class JsonError extends Error {}

/**
 * @typedef {object} JsonRules what a text may be; each may throw to refuse it, and nothing more is read then
 * @property {(first: string) => void} [onRoot] told the first character of the outermost value
 * @property {(path: string[]) => void} [onKey] told each key of the outermost object as `[key]`, and each key of an
 * object in it as `[outer, key]`
 * @property {(counts: { depth: number, keys: number, values: number, lists: number }) => void} [onCount] told at
 * each key and value how many there are; `lists` counts lists and objects
 */

/** Checks JSON as it arrives, in pieces of any size, in one pass and without building its values. */
export class JsonScanner {
  /**
   * @param {JsonRules} [rules]
   * @param {string[]} [wanted] keys of the outermost object whose values, where they are strings, are kept in `texts`
   */
  constructor({ onRoot, onKey, onCount } = {}, wanted = []) {
    this.onRoot = onRoot;
    this.onKey = onKey;
    this.onCount = onCount;
    /** The members of the outermost object: key, and where the value begins and ends in the whole text. */
    this.members = [];
    /** The strings of the wanted keys, while the text itself need not be kept. */
    this.texts = {};
    this.wanted = wanted;
    /** `{` or the first character of another outermost value; `undefined` before there is one. */
    this.root = undefined;
    this.counts = { depth: 0, keys: 0, values: 0, lists: 0 };
    this.state = VALUE;
    this.offset = 0;
    this.isList = []; // for each open list or object
    this.path = [];
    this.written = undefined; // a key or a wanted string as it is written, while it is read
    this.isKey = false;
    this.hexLeft = 0;
    this.token = "";
  }

  /** @param {string} text the next piece */
  push(text) {
    let at = 0;
    while (at < text.length) {
      if (this.state === STRING) at = this.#string(text, at);
      else if (this.state === SCALAR) at = this.#scalar(text, at);
      else at = this.#mark(text, at);
    }
    this.offset += text.length;
  }

  /** Call it at the end of the text. */
  end() {
    if (this.state === SCALAR) this.#endScalar(0);
    if (this.state !== COMMA_OR_END || this.isList.length > 0) throw new JsonError();
  }

  /** Passes over a string up to its end or the end of the piece; returns where it stopped. */
  #string(text, start) {
    const { length } = text;
    let at = start;
    for (; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) break;
      if (code < 0x20) throw new JsonError();
      if (code === BACKSLASH) {
        const escaped = endOfEscape(text, at);
        if (escaped === 0) break; // the rest is in the next piece
        at = escaped - 1;
      }
    }
    if (this.written !== undefined) this.written += text.slice(start, at);
    if (at === length) return at;
    if (text.charCodeAt(at) === BACKSLASH) {
      if (this.written !== undefined) this.written += "\\";
      this.state = ESCAPE;
    } else if (this.isKey) this.#endKey();
    else {
      if (this.written !== undefined) this.texts[this.path[0]] = JSON.parse(`"${this.written}"`);
      this.written = undefined;
      this.#endValue(at + 1);
    }
    return at + 1;
  }

  /** Passes over a number or a word. */
  #scalar(text, start) {
    let at = start;
    let isPlain = this.token === "" && text.charCodeAt(start) !== 0x30;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (isBreak(code)) break;
      isPlain &&= isDigit(code);
    }
    if (isPlain && at < text.length) {
      this.#endValue(at);
      return at;
    }
    this.token += text.slice(start, at);
    if (this.token.length > longestScalar) throw new JsonError();
    if (at < text.length) this.#endScalar(at);
    return at;
  }

  #endScalar(at) {
    if (!scalar.test(this.token)) throw new JsonError();
    this.token = "";
    this.#endValue(at);
  }

  /** Reads one character of the structure, or of an escape. */
  #mark(text, at) {
    const char = text[at];
    if (this.state === ESCAPE) {
      if (!escapes.includes(char)) throw new JsonError();
      if (this.written !== undefined) this.written += char;
      this.hexLeft = 4;
      this.state = char === "u" ? HEX : STRING;
      return at + 1;
    }
    if (this.state === HEX) {
      if (!isHex(text.charCodeAt(at))) throw new JsonError();
      if (this.written !== undefined) this.written += char;
      if (--this.hexLeft === 0) this.state = STRING;
      return at + 1;
    }
    if (isSpace(text.charCodeAt(at))) {
      do at++;
      while (at < text.length && isSpace(text.charCodeAt(at)));
      return at;
    }
    switch (this.state) {
      case VALUE_OR_END:
        if (char === "]") return this.#close(at);
      // falls through
      case VALUE:
        return this.#beginValue(char, at);
      case KEY_OR_END:
        if (char === "}") return this.#close(at);
      // falls through
      case KEY:
        if (char !== '"') throw new JsonError();
        this.#count("keys");
        this.isKey = true;
        if (this.#isWanted()) this.written = "";
        this.state = STRING;
        return at + 1;
      case COLON:
        if (char !== ":") throw new JsonError();
        this.state = VALUE;
        return at + 1;
      default: {
        const isList = this.isList.at(-1);
        if (char === (isList ? "]" : "}") && isList !== undefined) return this.#close(at);
        if (char !== "," || isList === undefined) throw new JsonError();
        this.state = isList ? VALUE : KEY;
        return at + 1;
      }
    }
  }

  /** The outermost object's own keys, and those of an object that is one of its members. */
  #isWanted() {
    const depth = this.isList.length;
    return depth === 1 || (depth === 2 && !this.isList[0]);
  }

  #endKey() {
    if (this.written !== undefined) {
      const key = JSON.parse(`"${this.written}"`);
      this.written = undefined;
      this.path.length = this.isList.length - 1;
      this.path.push(key);
      this.onKey?.(this.path);
    }
    this.isKey = false;
    this.state = COLON;
  }

  #beginValue(char, at) {
    const isContainer = char === "{" || char === "[";
    if (this.root === undefined) {
      this.root = char;
      this.onRoot?.(char);
    }
    if (this.isList.length === 1 && !this.isList[0]) this.members.push([this.path[0], this.offset + at, 0]);
    this.#count("values");
    if (isContainer) {
      this.isList.push(char === "[");
      this.counts.depth = this.isList.length;
      this.#count("lists");
      this.state = char === "[" ? VALUE_OR_END : KEY_OR_END;
      return at + 1;
    }
    if (char === '"') {
      if (this.isList.length === 1 && !this.isList[0] && this.wanted.includes(this.path[0])) this.written = "";
      this.state = STRING;
      return at + 1;
    }
    if (!"-0123456789tfn".includes(char)) throw new JsonError();
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

  #count(what) {
    this.counts[what]++;
    this.onCount?.(this.counts);
  }
}

/**
 * A text that a scanner has accepted before, as a part of another.
 * @param {string[]} [wanted]
 * @returns {import("./upstream.js").Json}
 */
export function readJson(text, wanted) {
  const scanner = new JsonScanner({}, wanted);
  scanner.push(text);
  return { text, members: sliceMembers(text, scanner.members), texts: scanner.texts };
}

/** The members that a scanner has found in a text. */
export function sliceMembers(text, members) {
  return members.map(([key, start, end]) => [key, text.slice(start, end)]);
}

/** The elements of a list, each as its text; `undefined` when the text is no list. */
export function splitArray(text) {
  if (!/^\s*\[/.test(text)) return undefined;
  const elements = [];
  const end = text.lastIndexOf("]");
  let start = text.indexOf("[") + 1;
  let depth = 0;
  let isString = false;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (isString) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) isString = false;
    } else if (code === QUOTE) isString = true;
    else if (code === 0x7b || code === 0x5b) depth++;
    else if (code === 0x7d || code === 0x5d) depth--;
    else if (code === 0x2c && depth === 0) {
      elements.push(text.slice(start, at));
      start = at + 1;
    }
  }
  const last = text.slice(start, end);
  if (elements.length > 0 || last.trim()) elements.push(last);
  return elements;
}

/** An object of the given members. */
export function joinObject(pairs) {
  return `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`;
}

/**
 * The object with some members replaced: `edits[key]` gives the new text of a value, or `undefined` to leave the
 * member out. Members that are not there are not added; what is no object stays as it is.
 * @param {string} text
 * @param {Record<string, (value: string) => string | undefined | Promise<string | undefined>>} edits
 */
export async function editObject(text, edits) {
  if (!/^\s*\{/.test(text)) return text;
  const pairs = [];
  for (const [key, value] of readJson(text).members) {
    const edited = Object.hasOwn(edits, key) ? await edits[key](value) : value;
    if (edited !== undefined) pairs.push([key, edited]);
  }
  return joinObject(pairs);
}

/** Where an escape ends that begins at the backslash; 0 when the text ends before. */
function endOfEscape(text, at) {
  if (at + 1 === text.length) return 0;
  const char = text[at + 1];
  if (char !== "u") {
    if (!escapes.includes(char)) throw new JsonError();
    return at + 2;
  }
  if (at + 6 > text.length) return 0;
  for (let digit = at + 2; digit < at + 6; digit++) if (!isHex(text.charCodeAt(digit))) throw new JsonError();
  return at + 6;
}

function isDigit(code) {
  return code >= 0x30 && code <= 0x39;
}

function isHex(code) {
  return isDigit(code) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}

function isSpace(code) {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** Does this character end a number or a word? */
function isBreak(code) {
  return isSpace(code) || code === 0x2c || code === 0x7d || code === 0x5d || code === 0x3a || code === QUOTE;
}
