/**
 * What must not leave the server in an answer: the token and the signing key, wherever Replicate may quote them,
 * and, in errors, Replicate's own address. JSON may write any character as an escape, so a text is searched for
 * every way to write a secret.
 */

/** @param {{ token: string, signingKey?: string, upstream: string }} config */
export function createScrubber({ token, signingKey, upstream }) {
  const secrets = [createFinder(token, "[token]"), ...(signingKey ? [createFinder(signingKey, "[key]")] : [])];
  const address = createFinder(upstream, "");

  return {
    /** A text without secrets. */
    secrets: (text) => secrets.reduce((cleaned, replace) => replace(cleaned), text),

    /** A text in which the relay's address stands for Replicate's. */
    addresses: (text, base) => address(text, base),
  };
}

/** @returns {(text: string, replacement?: string) => string} replaces a word in JSON or in plain text */
function createFinder(word, defaultReplacement) {
  const pattern = new RegExp([...word].map(written).join(""), "g");
  return (text, replacement = defaultReplacement) => {
    if (!text.includes(word) && !text.includes("\\")) return text;
    // A function, since "$" in a replacement text has a meaning. A backslash that is itself escaped begins no escape.
    return text.replace(pattern, (found, at) => (found[0] === "\\" && isEscaped(text, at) ? found : replacement));
  };
}

/** All ways to write a character in JSON, as a regular expression. */
function written(char) {
  const quoted = (text) => text.replace(/[^\w]/g, "\\$&");
  const hex = char.charCodeAt(0).toString(16).padStart(4, "0");
  const digits = hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
  const ways = new Set([char, JSON.stringify(char).slice(1, -1), ...(char === "/" ? ["\\/"] : [])]);
  return `(?:${[...ways].map(quoted).join("|")}|\\\\u${digits})`;
}

function isEscaped(text, at) {
  let start = at;
  while (text[start - 1] === "\\") start--;
  return (at - start) % 2 === 1;
}
