/** Bytes in memory: to join them, and to find a word among them. */

/** The pieces as one. */
export function joinBytes(pieces) {
  const joined = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/**
 * A test whether bytes contain a word. It is the search of Boyer, Moore and Horspool: the byte under the word's end says
 * how far the word can move on. A search for the first byte would stop at every byte of an answer that repeats it.
 * @param {Uint8Array} word not empty
 * @returns {(bytes: Uint8Array) => boolean}
 */
export function createSearch(word) {
  const last = word.length - 1;
  const shifts = new Uint32Array(256).fill(word.length);
  for (let i = 0; i < last; i++) shifts[word[i]] = last - i;

  return (bytes) => {
    const { length } = bytes;
    for (let end = last; end < length; ) {
      const byte = bytes[end];
      if (byte === word[last] && isAt(bytes, end - last)) return true;
      end += shifts[byte];
    }
    return false;
  };

  function isAt(bytes, start) {
    for (let i = last - 1; i >= 0; i--) if (bytes[start + i] !== word[i]) return false;
    return true;
  }
}
