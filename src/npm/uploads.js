/** Not Rust: it makes forms of JavaScript's Blobs, of any realm. */

import { invalid } from "./error.js";
import { bytesOf, describeFile } from "./inputs.js";

/**
 * The form that uploads a file, with its type, its name and its metadata.
 *
 * @param {Blob} blob of any realm
 * @param {object} metadata any JSON
 * @returns {Promise<FormData>} of the realm of `fetch`
 * @throws {ReplicateError} "invalid_argument" for a file that cannot be read, for metadata that JSON cannot carry, and when
 *   `fetch` accepts no form of this realm
 */
export async function toForm(blob, metadata) {
  const { type, name } = await describeFile(blob);
  const json = toJson(metadata);
  if (!(await isFormOfFetch())) return parseForm(await bytesOf(blob), type, name, json);
  const form = new FormData();
  form.append("content", await ownBlob(blob, type), name);
  form.append("metadata", new Blob([json], { type: "application/json" }));
  return form;
}

function toJson(metadata) {
  try {
    return JSON.stringify(metadata);
  } catch (cause) {
    throw invalid(`The argument metadata cannot be written as JSON: ${cause.message}`, cause);
  }
}

const answer = (body, type) => new Response(body, { headers: { "content-type": type } });

/** Whether `fetch` accepts a `FormData` of this realm. In jsdom `fetch` is Node's, which sends jsdom's as "[object FormData]". */
const isFormOfFetch = async () => (await answer("a=b", "application/x-www-form-urlencoded").formData()) instanceof FormData;

/** A Blob of this realm unchanged, without reading it into memory; of another realm a copy. */
async function ownBlob(blob, type) {
  if (!(blob instanceof Blob)) return new Blob([await bytesOf(blob)], { type });
  return blob.type ? blob : blob.slice(0, blob.size, type);
}

/**
 * Lets a Response parse the form: the only way to a form and a file of the realm of `fetch`. In Node 24 the file is jsdom's
 * all the same, and uploads are impossible.
 */
async function parseForm(bytes, type, name, json) {
  const boundary = `replicate-wasm-${Math.random().toString(36).slice(2)}`;
  const filename = name.replace(/["\r\n]/g, encodeURIComponent);
  const part = (field, filename, type) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${filename}"\r\nContent-Type: ${type}\r\n\r\n`;
  const encoder = new TextEncoder();
  const head = encoder.encode(part("content", filename, type));
  const tail = encoder.encode(`\r\n${part("metadata", "blob", "application/json")}${json}\r\n--${boundary}--\r\n`);
  const body = new Uint8Array(head.length + bytes.length + tail.length);
  body.set(head);
  body.set(bytes, head.length);
  body.set(tail, head.length + bytes.length);
  try {
    return await answer(body, `multipart/form-data; boundary=${boundary}`).formData();
  } catch (cause) {
    throw invalid('Files cannot be uploaded here, since FormData is not that of fetch: set fileEncodingStrategy to "data-uri"', cause);
  }
}
