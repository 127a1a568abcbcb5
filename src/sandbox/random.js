// Randomness: seeded where an output must be reproducible, the platform's for ids, which must not be guessed.

/**
 * FNV-1a over the UTF-16 units of a text.
 *
 * @param {string} text
 * @returns {number} 32 bits, unsigned
 */
export function hash(text) {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/**
 * Mulberry32: a small generator, good enough for texts and pictures.
 *
 * @param {number} seed
 * @returns {() => number} numbers from 0 up to 1
 */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/**
 * A random id in the form of Replicate's: lower-case base 32. It does not depend on the seed.
 *
 * @param {number} [length]
 * @returns {string}
 */
export function randomId(length = 26) {
  return Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => BASE32[byte & 31]).join("");
}

/**
 * A version's id: 64 hexadecimal digits, derived from a text.
 *
 * @param {string} text the same text gives the same id
 * @returns {string}
 */
export function hexId(text) {
  const random = seededRandom(hash(text));
  return Array.from({ length: 64 }, () => Math.floor(random() * 16).toString(16)).join("");
}
