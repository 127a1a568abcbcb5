/**
 * Regular expressions for a word in plain text or JSON, where any character may be an escape. They also find it in UTF-8
 * bytes that are read as one character each.
 */

/** The source of an expression for the word. */
export function written(word) {
  return [...word].map(anyOf).join("");
}

/** The source of an expression for the beginning of the word at the end of a text. The end may be inside an escape. */
export function begun(word) {
  return [...word].reduceRight((rest, char) => `(?:${anyOf(char)}(?:$|${rest})|(?:${cut(char).join("|")})$)`, "(?!)");
}

const anyOf = (char) => `(?:${waysOf(char).map((way) => way.join("")).join("|")})`;

/** All proper prefixes of the ways to write a character. */
const cut = (char) => waysOf(char).flatMap((way) => way.slice(1).map((_, i) => way.slice(0, i + 1).join("")));

/** @returns {string[][]} the ways to write a character, each as a list of expressions for its units */
function waysOf(char) {
  const quoted = (text) => text.split("").map((unit) => unit.replace(/[^\w]/, "\\$&"));
  const hexOf = (unit) => unit.charCodeAt(0).toString(16).padStart(4, "0");
  const escape = (unit) => ["\\\\", "u", ...[...hexOf(unit)].map((digit) => `[${digit}${digit.toUpperCase()}]`)];
  const short = JSON.stringify(char).slice(1, -1);
  return [
    quoted(char),
    ...(short === char ? [] : [quoted(short)]),
    ...(char === "/" ? [quoted("\\/")] : []),
    ...(char > "\x7f" ? [quoted(String.fromCharCode(...new TextEncoder().encode(char)))] : []),
    char.split("").flatMap(escape),
  ];
}
