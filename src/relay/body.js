import { Problem } from "./problem.js";

function tooLarge(limitBytes) {
  return new Problem(413, `The body is larger than ${limitBytes} bytes.`);
}

/** `Content-Length` is the caller's word: it can refuse early, but what counts is what arrives. */
export function checkLength(headers, limitBytes) {
  if (headers.get("content-length") > limitBytes) throw tooLarge(limitBytes);
}

/**
 * A body that passes on while it is counted.
 * @param {ReadableStream<Uint8Array>} body
 * @param {(reason: Problem) => void} stop called where it becomes too large; its end alone would look complete
 */
export function countBody(body, limitBytes, stop) {
  let seen = 0;
  const transform = (chunk, passed) => {
    seen += chunk.byteLength;
    if (seen > limitBytes) stop(tooLarge(limitBytes));
    else passed.enqueue(chunk);
  };
  return body.pipeThrough(new TransformStream({ transform }));
}

/** A whole body as text. Broken UTF-8 is refused: two readers could see two texts in it. */
export async function bodyText({ headers, body }, limitBytes) {
  checkLength(headers, limitBytes);
  const text = await decode(body, limitBytes, true).catch(() => {
    throw new Problem(400, "The body is no UTF-8 text.");
  });
  if (text === undefined) throw tooLarge(limitBytes);
  return text;
}

/**
 * A stream of bytes as text, or `undefined` when it is longer than the limit (the rest is not read).
 * @param {ReadableStream<Uint8Array> | null} stream
 */
export async function decode(stream, limitBytes, fatal = false) {
  if (!stream) return "";
  const decoder = new TextDecoder("utf-8", { fatal });
  const reader = stream.getReader();
  let text = "";
  for (let seen = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    seen += value.byteLength;
    if (seen > limitBytes) {
      reader.cancel().catch(() => {});
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}
