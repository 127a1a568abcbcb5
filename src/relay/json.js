/**
 * JSON taken apart one level deep, as text. What the relay does not change keeps its bytes: a parse and
 * a stringify would turn the seed 12345678901234567890 into another number. Only texts that `JSON.parse`
 * has accepted may come in here.
 */

const structure = /["{}[\]]/g;
const scalar = /[^\s,\]}]+/y;
const separators = /[\s,:]*/y;

/** The members of an object as `[key, text of the value]`, in order, duplicates included; of anything else none. */
export function splitObject(text) {
  if (!isObject(text)) return [];
  const pairs = [];
  let at = skip(text, text.indexOf("{") + 1);
  while (text[at] !== "}") {
    const keyEnd = endOfString(text, at);
    const start = skip(text, keyEnd);
    const end = endOfValue(text, start);
    pairs.push([JSON.parse(text.slice(at, keyEnd)), text.slice(start, end)]);
    at = skip(text, end);
  }
  return pairs;
}

/** The elements of an array, each as its text. */
export function splitArray(text) {
  const elements = [];
  let at = skip(text, text.indexOf("[") + 1);
  while (text[at] !== "]") {
    const end = endOfValue(text, at);
    elements.push(text.slice(at, end));
    at = skip(text, end);
  }
  return elements;
}

/** The reverse of `splitObject`. */
export function joinObject(pairs) {
  return `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`;
}

/**
 * The object with some members replaced: `edits[key]` gives the new text of a value, or `undefined` to
 * leave the member out. Members that are not there are not added; what is no object stays as it is.
 * @param {string} text
 * @param {Record<string, (value: string) => string | undefined | Promise<string | undefined>>} edits
 */
export async function editObject(text, edits) {
  if (!isObject(text)) return text;
  const pairs = [];
  for (const [key, value] of splitObject(text)) {
    const edited = Object.hasOwn(edits, key) ? await edits[key](value) : value;
    if (edited !== undefined) pairs.push([key, edited]);
  }
  return joinObject(pairs);
}

/** Is this JSON text an object? */
export function isObject(text) {
  return /^\s*\{/.test(text);
}

/** Is this JSON text an array? */
export function isArray(text) {
  return /^\s*\[/.test(text);
}

function skip(text, at) {
  separators.lastIndex = at;
  separators.test(text);
  return separators.lastIndex;
}

function endOfValue(text, at) {
  if (text[at] === '"') return endOfString(text, at);
  if (text[at] !== "{" && text[at] !== "[") {
    scalar.lastIndex = at;
    scalar.test(text);
    return scalar.lastIndex;
  }
  for (let depth = 0; ;) {
    structure.lastIndex = at;
    const mark = structure.exec(text)[0];
    at = structure.lastIndex;
    if (mark === '"') at = endOfString(text, at - 1);
    else if (mark === "{" || mark === "[") depth++;
    else if (--depth === 0) return at;
  }
}

// No regular expression: on strings of megabytes (data URIs) `(?:[^"\\]|\\.)*` overflows its stack.
function endOfString(text, at) {
  for (;;) {
    at = text.indexOf('"', at + 1);
    let backslashes = 0;
    while (text[at - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return at + 1;
  }
}
