/** Not Rust: it puts a Blob of JavaScript into a form, whatever realm either is of. */

import { invalid } from "./error.js";
import { bytesOf, describeFile } from "./inputs.js";

const FORM = { headers: { "content-type": "application/x-www-form-urlencoded" } };

/**
 * The form that uploads a file, with its type, its name and its metadata.
 *
 * In jsdom `FormData` and `Blob` are not those of `fetch`, which would send "[object FormData]". A Response gives those
 * that its `fetch` takes.
 *
 * @param {Blob} blob of any realm
 * @param {object} metadata any JSON
 * @returns {Promise<FormData>}
 * @throws {ReplicateError} "invalid_argument" for a file that cannot be read
 */
export async function toForm(blob, metadata) {
  const { type, name } = await describeFile(blob);
  const json = await blobOf(toJson(metadata), "application/json");
  const form = json instanceof Blob ? new FormData() : await new Response("", FORM).formData();
  form.append("content", await sendable(blob, type, json.constructor), name);
  form.append("metadata", json);
  return form;
}

/** A Blob of the realm of `fetch`. */
const blobOf = (content, type) => new Response(content, { headers: { "content-type": type } }).blob();

function toJson(metadata) {
  try {
    return JSON.stringify(metadata);
  } catch (cause) {
    throw invalid(`The argument metadata cannot be written as JSON: ${cause.message}`, cause);
  }
}

/** A Blob of the same realm is sent as it is, without reading it into memory; the bytes of another are copied. */
async function sendable(blob, type, Own) {
  if (!(blob instanceof Own)) return blobOf(await bytesOf(blob), type);
  return blob.type ? blob : blob.slice(0, blob.size, type);
}
