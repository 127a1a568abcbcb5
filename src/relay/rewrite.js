/**
 * Rewrites answers for the page: ids are signed, and URLs of the API become the relay's. A URL is built from the id or
 * the route, never by replacing a host, so a URL of an unknown host cannot slip through. A file's `urls` stay
 * Replicate's, since inputs use them.
 */
import { noSlot } from "./ids.js";
import { editObject, joinParts, readJson, splitArray } from "./json.js";
import { Problem } from "./problem.js";

export const finalStatuses = ["succeeded", "failed", "canceled", "aborted"];

/** The members of a prediction that the relay has to know. */
export const predictionTexts = ["id", "status"];

// A longer address would not fit into a request. The page polls where it gets none.
const longestStreamUrl = 2000;

/**
 * @typedef {object} Scope whose answer it is, and where the relay is
 * @property {string} caller
 * @property {"prediction" | "training"} kind
 * @property {string} base the relay's URL up to `/v1`
 * @property {string} [path] below `/v1`, for the next page of a list
 * @property {string} [slot] the slot that the prediction holds
 */

/**
 * How an answer is rewritten, by what it is. It comes in parts, so that a large one need not be copied.
 * @param {ReturnType<typeof import("./ids.js").createSigner>} signer
 * @param {(url: string) => boolean} mayStream
 * @returns {Record<string, (json: import("./json.js").Json, scope: Scope) => Part[] | Promise<Part[]>>} a `Part` is a text, or
 * its bytes
 */
export function createRewriters(signer, mayStream) {
  /** A prediction, or a training, which is made like one. */
  async function prediction(json, { kind, caller, base, slot = noSlot }) {
    const { id } = json.texts;
    if (!isId(id)) throw new Problem(502, "Replicate's answer has an id that cannot be used.");
    const signed = await signer.signId(kind, caller, id, slot);
    const get = `${base}/v1/${kind}s/${signed}`;
    const links = { get, cancel: `${get}/cancel` };
    const streamUrl = JSON.parse(json.member("urls") ?? "null")?.stream;
    if (streamUrl?.length <= longestStreamUrl && mayStream(streamUrl)) {
      links.stream = `${get}/stream/${await signer.sealUrl(caller, id, streamUrl)}`;
    }
    return json.edited({ id: JSON.stringify(signed), urls: JSON.stringify(links) });
  }

  const json = ({ bytes }) => [bytes];

  // A model's example is a prediction of somebody else: the page may see it, but gets no URLs of it.
  const model = async ({ text }) => [
    await editObject(text, { default_example: (example) => editObject(example, { urls: () => undefined }) }),
  ];

  const elements = (each, scope) => async (text) => {
    const list = splitArray(text);
    if (list === undefined) return text;
    const rewritten = list.map(async (element) => joinParts(await each(readJson(element, predictionTexts), scope)));
    return `[${(await Promise.all(rewritten)).join(",")}]`;
  };

  const page = (each) => async ({ text }, scope) => {
    const link = (value) => {
      const url = JSON.parse(value);
      if (url === null) return value;
      if (typeof url !== "string" || !URL.canParse(url, scope.base)) {
        throw new Problem(502, "Replicate's list links to a page whose address cannot be used.");
      }
      return JSON.stringify(`${scope.base}/v1${scope.path}${new URL(url, scope.base).search}`);
    };
    return [await editObject(text, { next: link, previous: link, results: elements(each, scope) })];
  };

  return {
    json,
    upload: json,
    prediction,
    predictions: page(prediction),
    page: page(json),
    model,
    models: page(model),
    collection: async ({ text }, scope) => [await editObject(text, { models: elements(model, scope) })],
  };
}

/** An id that can stand in a path. */
export function isId(id) {
  return typeof id === "string" && /^[\w-]{1,128}$/.test(id);
}
