/** Chat messages as callers may write them → as the core reads them. */

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
