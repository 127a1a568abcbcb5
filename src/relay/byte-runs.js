/**
 * Passes over long runs of bytes that mean nothing, four at a time: most of a large body is one string, and its bytes are
 * read in the time of the event loop that all callers share.
 */

const HIGH_BITS = 0x80808080 | 0;
const ONES = 0x01010101;
const SPACES = 0x20202020; // the first byte that is no control character
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;

/** From so many bytes on a run is a long one. To look at it by words costs as much as 50 bytes one by one. */
export const longRun = 256;

// "Determine if a word has a byte less than n", and "equal to n", of Bit Twiddling Hacks: exact for a whole word.
const hasZero = (word) => ((word - ONES) & ~word & HIGH_BITS) !== 0;
const isPlain = (word) => ((word - SPACES) & ~word & HIGH_BITS) === 0 && !hasZero(word ^ QUOTES) && !hasZero(word ^ BACKSLASHES);

/** Up to where, three bytes at most before it ends, a JSON string goes on without quotes, backslashes and control characters. */
export function skipPlain(bytes, start) {
  const words = wordsFrom(bytes, start);
  if (words === undefined) return start;
  let i = 0;
  while (i < words.length && isPlain(words[i])) i++;
  return start + 4 * i;
}

/** Up to where, three bytes at most before it ends, the four bytes at the start repeat themselves. */
export function skipRepeated(bytes, start) {
  const words = wordsFrom(bytes, start);
  if (words === undefined) return start;
  let i = 0;
  while (i < words.length && words[i] === words[0]) i++;
  return start + 4 * i;
}

/** Are all below 128? */
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

/** Does a word of the memory begin here? Only there can a run be read by words. */
export function isAligned(bytes, at) {
  return ((bytes.byteOffset + at) & 3) === 0;
}

function wordsFrom(bytes, at) {
  if (!isAligned(bytes, at)) return undefined;
  return new Int32Array(bytes.buffer, bytes.byteOffset + at, (bytes.length - at) >> 2);
}
