/**
 * JSON with its members. What the relay does not change keeps its bytes: a parse and a stringify would turn the seed
 * 12345678901234567890 into another number.
 */
import { JsonScanner } from "./json-scanner.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** JSON that a scanner has accepted. */
export class Json {
  /**
   * @param {Uint8Array} bytes
   * @param {JsonScanner} scanner
   */
  constructor(bytes, scanner) {
    this.bytes = bytes;
    /** The wanted members that are strings. */
    this.texts = scanner.texts;
    this.spans = scanner.members;
  }

  /** There is nothing at all. */
  get isEmpty() {
    return this.bytes.length === 0;
  }

  get text() {
    return decoder.decode(this.bytes);
  }

  /** The text of the outermost object's member; `undefined` where it has none. */
  member(name) {
    const [, start, end] = this.spans.findLast(([key]) => key === name) ?? [];
    return start === undefined ? undefined : decoder.decode(this.bytes.subarray(start, end));
  }

  /**
   * The outermost object with some members replaced or added, in parts: what does not change is not copied.
   * @param {Record<string, string>} edits the new texts of values
   * @returns {(string | Uint8Array)[]}
   */
  edited(edits) {
    const parts = [];
    const add = (key, value) => parts.push(`${parts.length === 0 ? "{" : ","}${JSON.stringify(key)}:`, value);
    for (const [key, start, end] of this.spans) {
      add(key, Object.hasOwn(edits, key) ? edits[key] : this.bytes.subarray(start, end));
    }
    for (const key in edits) if (!this.spans.some(([name]) => name === key)) add(key, edits[key]);
    return [...parts, "}"];
  }
}

/**
 * A part of JSON that a scanner has accepted.
 * @param {string} text
 * @param {string[]} [wanted]
 */
export function readJson(text, wanted) {
  const bytes = encoder.encode(text);
  const scanner = new JsonScanner({}, wanted);
  scanner.push(bytes);
  return new Json(bytes, scanner);
}

/** Parts of JSON as one text. */
export function joinParts(parts) {
  return parts.map((part) => (typeof part === "string" ? part : decoder.decode(part))).join("");
}

/** The members that a scanner has found, as the texts of their values. */
export function sliceMembers(bytes, members) {
  return members.map(([key, start, end]) => [key, decoder.decode(bytes.subarray(start, end))]);
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
    const char = text[at];
    if (isString) {
      if (char === "\\") at++;
      else if (char === '"') isString = false;
    } else if (char === '"') isString = true;
    else if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") depth--;
    else if (char === "," && depth === 0) {
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
  const { bytes, spans } = readJson(text);
  for (const [key, value] of sliceMembers(bytes, spans)) {
    const edited = Object.hasOwn(edits, key) ? await edits[key](value) : value;
    if (edited !== undefined) pairs.push([key, edited]);
  }
  return joinObject(pairs);
}
