/**
 * All ways to write a word in JSON or in plain text, as the source of a regular expression: JSON may escape any character.
 * The text may be bytes, one character for each.
 */

/** The word. */
export function written(word) {
  return [...word].map(anyOf).join("");
}

/** The beginning of the word at the end of the text, which may cut an escape. */
export function begun(word) {
  return [...word].reduceRight((rest, char) => `(?:${anyOf(char)}(?:$|${rest})|(?:${cut(char).join("|")})$)`, "(?!)");
}

const anyOf = (char) => `(?:${waysOf(char).map((way) => way.join("")).join("|")})`;

/** The ways to write a character, each cut after one unit, two, and so on. */
const cut = (char) => waysOf(char).flatMap((way) => way.slice(1).map((_, i) => way.slice(0, i + 1).join("")));

/** @returns {string[][]} each way as its units */
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
