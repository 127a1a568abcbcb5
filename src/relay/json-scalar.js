/**
 * JSON's numbers and words as an automaton. It keeps nothing of what it reads, so that they may have any length and be
 * cut anywhere.
 */
const digits = "0123456789";

/** For each state: which characters may follow, and the state after them. */
const grammar = {
  start: { "-": "minus", 0: "zero", 123456789: "integer", t: "t", f: "f", n: "n" },
  minus: { 0: "zero", 123456789: "integer" },
  zero: { ".": "point", eE: "e" },
  integer: { [digits]: "integer", ".": "point", eE: "e" },
  point: { [digits]: "fraction" },
  fraction: { [digits]: "fraction", eE: "e" },
  e: { "+-": "sign", [digits]: "exponent" },
  sign: { [digits]: "exponent" },
  exponent: { [digits]: "exponent" },
  ...statesOf("true"),
  ...statesOf("false"),
  ...statesOf("null"),
};
const whole = ["zero", "integer", "fraction", "exponent", "true", "false", "null"];

// 0 is no state.
const numberOf = Object.fromEntries(Object.keys(grammar).map((state, i) => [state, i + 1]));
const next = new Uint8Array(256 * (Object.keys(grammar).length + 1));
for (const [state, followers] of Object.entries(grammar)) {
  for (const [characters, after] of Object.entries(followers)) {
    for (const character of characters) next[256 * numberOf[state] + character.charCodeAt(0)] = numberOf[after];
  }
}
const ends = new Set(whole.map((state) => numberOf[state]));

/** The state before the first byte. */
export const scalarStart = numberOf.start;

/** The state after a byte, 0 where it cannot follow. */
export function scalarNext(state, byte) {
  return next[256 * state + byte];
}

/** May the number or word end here? */
export function isWholeScalar(state) {
  return ends.has(state);
}

/** A word's states are its beginnings. */
function statesOf(word) {
  const beginnings = [...word].map((_, i) => word.slice(0, i + 1));
  return Object.fromEntries(beginnings.map((read, i) => [read, i + 1 < word.length ? { [word[i + 1]]: beginnings[i + 1] } : {}]));
}
