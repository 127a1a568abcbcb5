/**
 * Reads long runs of bytes four at a time: plain text in a JSON string, repeated bytes, and ASCII. Most of a large body is
 * one string, and while it is read no other caller is served.
 */

const HIGH_BITS = 0x80808080 | 0;
const ONES = 0x01010101;
const SPACES = 0x20202020; // all lower bytes are control characters
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;

/** The least length of a long run in bytes. Reading by words has a fixed cost, which is that of 50 single bytes. */
export const longRun = 256;

// "Determine if a word has a byte less than n" and "equal to n" from Bit Twiddling Hacks. Exact for the word, not for the byte.
const hasZero = (word) => ((word - ONES) & ~word & HIGH_BITS) !== 0;
const isPlain = (word) => ((word - SPACES) & ~word & HIGH_BITS) === 0 && !hasZero(word ^ QUOTES) && !hasZero(word ^ BACKSLASHES);

/**
 * The end of a run of bytes without quotes, backslashes and control characters in a JSON string. The run may go on for up
 * to three more bytes.
 */
export function skipPlain(bytes, start) {
  const words = wordsFrom(bytes, start);
  if (words === undefined) return start;
  let i = 0;
  while (i < words.length && isPlain(words[i])) i++;
  return start + 4 * i;
}

/** The end of a run that repeats its first four bytes. The run may go on for up to three more bytes. */
export function skipRepeated(bytes, start) {
  const words = wordsFrom(bytes, start);
  if (words === undefined) return start;
  let i = 0;
  while (i < words.length && words[i] === words[0]) i++;
  return start + 4 * i;
}

/** Whether all bytes are below 128. */
export function isAscii(bytes) {
  let seen = 0;
  let at = 0;
  for (; at < bytes.length && !isAligned(bytes, at); at++) seen |= bytes[at];
  const words = wordsFrom(bytes, at) ?? [];
  let seenWords = 0;
  for (let i = 0; i < words.length; i++) seenWords |= words[i];
  for (at += 4 * words.length; at < bytes.length; at++) seen |= bytes[at];
  return (seen & 0x80) === 0 && (seenWords & HIGH_BITS) === 0;
}

/** Whether a 32-bit word of memory begins here. A run can be read by words only from such a place. */
export function isAligned(bytes, at) {
  return ((bytes.byteOffset + at) & 3) === 0;
}

function wordsFrom(bytes, at) {
  if (!isAligned(bytes, at)) return undefined;
  return new Int32Array(bytes.buffer, bytes.byteOffset + at, (bytes.length - at) >> 2);
}
