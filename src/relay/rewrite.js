/**
 * Answers as a page may see them: ids signed, every URL of the API turned into the relay's. URLs are built
 * anew from the id or the route, never by replacing a host, so one of an unknown host cannot slip through.
 * A file's own `urls` stay Replicate's: they are used as inputs.
 */
import { noSlot } from "./ids.js";
import { editObject, isArray, joinObject, splitArray, splitObject } from "./json.js";
import { Problem } from "./problem.js";

const finalStatuses = ["succeeded", "failed", "canceled", "aborted"];

/**
 * @typedef {object} Scope whose answer it is, and where the relay is
 * @property {string} caller
 * @property {"prediction" | "training"} kind
 * @property {string} base the relay's URL up to and with `/v1`
 * @property {string} [path] below `/v1`, for the next page of a list
 * @property {string} [slot] the slot that the prediction holds
 */

/**
 * @param {ReturnType<typeof import("./ids.js").createSigner>} signer
 * @param {(url: string) => boolean} mayStream
 */
export function createRewriter(signer, mayStream) {
  /** A prediction, or a training, which is made like one. */
  async function prediction(text, { kind, caller, base, slot = noSlot }) {
    const members = Object.fromEntries(splitObject(text));
    const id = JSON.parse(members.id ?? "null");
    if (typeof id !== "string" || !/^[\w-]{1,128}$/.test(id))
      throw new Problem(502, "Replicate's answer has no usable id.");
    const signed = await signer.signId(kind, caller, id, slot);
    const get = `${base}/${kind}s/${signed}`;
    const links = { get, cancel: `${get}/cancel` };
    const streamUrl = JSON.parse(members.urls ?? "null")?.stream;
    if (mayStream(streamUrl)) links.stream = `${get}/stream/${await signer.signUrl(caller, id, streamUrl)}`;
    return joinObject(Object.entries({ ...members, id: JSON.stringify(signed), urls: JSON.stringify(links) }));
  }

  // A model's example is somebody's prediction: it is shown, but there is no way to it.
  const model = (text) =>
    editObject(text, { default_example: (example) => editObject(example, { urls: () => undefined }) });

  const json = (text) => text;

  const elements = (each, scope) => async (text) =>
    isArray(text)
      ? `[${(await Promise.all(splitArray(text).map((element) => each(element, scope)))).join(",")}]`
      : text;

  const page = (each) => (text, scope) => {
    const link = (value) => {
      const url = JSON.parse(value);
      return JSON.stringify(url && scope.base + scope.path + new URL(url, scope.base).search);
    };
    return editObject(text, { next: link, previous: link, results: elements(each, scope) });
  };

  /** How an answer is rewritten, by what it is: `(text, scope) => text`, for valid JSON. */
  return {
    json,
    upload: json,
    prediction,
    predictions: page(prediction),
    page: page(json),
    model,
    models: page(model),
    collection: (text, scope) => editObject(text, { models: elements(model, scope) }),
  };
}

/** Does this prediction or training go on no longer? */
export function hasEnded(text) {
  return splitObject(text).some(([key, value]) => key === "status" && finalStatuses.includes(JSON.parse(value)));
}
