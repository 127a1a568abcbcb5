/** Chat messages → one prompt, as the provider writes it. The engine has Unicode's tables, and the module none. */

import { invalid } from "./options.js";

/**
 * Messages as roles and texts: text parts are joined by line feeds, image parts become the model's input `image`, one
 * as itself and several as a list.
 *
 * @param {unknown[]} messages
 * @param {object} input gets the images
 * @throws {ReplicateError} "invalid_argument" that says which message is not as it should be
 */
export function readMessages(messages, input) {
  if (!messages.length) throw invalid("The option messages is empty: it needs at least one message");
  const images = [];
  const read = messages.map((message, at) => {
    const need = (fits, what) => {
      if (!fits) throw invalid(`The message messages[${at}] has ${what}`);
    };
    const isText = (value) => typeof value === "string";
    const { role, content } = message ?? {};
    need(isText(role), "no role (a string)");
    if (isText(content)) return { role, content };
    need((content ?? null) !== null, "no content (a string or an array of parts)");
    need(Array.isArray(content), "a content that is neither a string nor an array of parts");
    const texts = [];
    for (const part of content) {
      const { type = "", text, image_url } = part ?? {};
      const isImage = type === "image_url";
      need(isImage || type === "text", `a part of type "${type}": only text and image_url parts are supported`);
      const value = isImage ? image_url?.url : text;
      need(isText(value), isImage ? "an image_url part without image_url.url" : "a text part without text");
      (isImage ? images : texts).push(value);
    }
    return { role, content: texts.join("\n") };
  });
  if (images.length) input.image = images.length > 1 ? images : images[0];
  return read;
}

/**
 * The prompt of an image model is the content of the last message; of a text model a single message as it is, else a
 * line each and an open line for the assistant.
 */
export function promptOf(messages, image) {
  if (image || messages.length === 1) return messages.at(-1).content;
  return `${messages.map(({ role, content }) => `${capitalize(role)}: ${content}\n`).join("")}Assistant:`;
}

/** Python's `str.capitalize`: the first character in title case, the rest in lower case. */
function capitalize(text) {
  const [first = ""] = text;
  // The rest is lowered with its first character before it, since a final sigma looks at what precedes.
  return toTitleCase(first) + text.toLowerCase().slice(first.toLowerCase().length);
}

/**
 * Title case of one character, after Unicode's SpecialCasing.txt and UnicodeData.txt: upper case with all but the
 * first letter lowered (ß is Ss), but for letters whose title case is a form of their own. Letters are written by their
 * numbers: a page need not say how its scripts are encoded.
 */
export function toTitleCase(character) {
  const code = character.codePointAt();
  const is = (letters) => letters.test(character);
  // Letters that are two each, their titles in the middle, at multiples of 3: Ǆ ǅ ǆ and so on.
  if (is(/[\u01c4-\u01cc\u01f1-\u01f3]/)) return String.fromCodePoint(code + 1 - ((code + 1) % 3));
  // Georgian has an upper case that title case does not use.
  if (is(/[\u10d0-\u10ff]/)) return character;
  const upper = character.toUpperCase();
  // An apostrophe and a capital.
  if (is(/\u0149/)) return upper;
  const [head = ""] = upper;
  const tail = upper.slice(head.length);
  // A Greek iota that upper case writes out stays a subscript; alone it becomes one letter with the first.
  const title = head + tail.toLowerCase().replaceAll("\u03b9", "\u0345");
  return tail === "\u0399" ? title.normalize() : title;
}
