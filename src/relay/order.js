/** What the body of a create asks for, and the request to Replicate that follows from it. */
import { invalid } from "./body.js";
import { joinObject, sliceMembers } from "./json.js";
import { parseReference } from "./models.js";
import { Problem } from "./problem.js";
import { fillPath } from "./routes.js";
import { written } from "./spelling.js";

/**
 * @typedef {object} Order
 * @property {string} path where it is posted, below `/v1`
 * @property {string | Uint8Array} body as it came, where nothing has to change
 * @property {{ model?: string, version?: string }} [reference] what runs
 * @property {string} [deployment] "owner/name", which tells what runs
 */

/**
 * The keys that the body of a create may have, as rules for reading it.
 * @returns {import("./json-scanner.js").JsonRules}
 */
export function orderRules({ kind, params, allow }) {
  const keys = params.owner ? ["input", kind === "training" ? "destination" : "stream"] : ["input", "stream", "model", "version"];
  const seen = new Set();

  function checkKey(key) {
    // Of two equal keys one reader takes the first, another the last: what was checked must be what runs.
    if (seen.has(key)) throw invalid("The body must not have a key twice.");
    seen.add(key);
    // Replicate refuses unknown keys too; here a new one must not open what `allow` keeps shut.
    if (!keys.includes(key) && !isWebhook(key)) throw invalid(`The body may have these keys and no others: ${keys.join(", ")}.`);
  }

  function checkWebhook() {
    if (!allow.includes("webhooks")) throw invalid('The relay takes webhooks only with its option allow: ["webhooks"].');
  }

  return {
    onRoot(first) {
      if (first === "{") return;
      if (!'["-0123456789tfn'.includes(first)) throw new Problem(400, "The body must be a JSON object.");
      throw invalid("The body must be a JSON object.");
    },
    onKey(key) {
      if (isWebhook(key)) checkWebhook();
      checkKey(key);
    },
    onInnerKey(key, inner) {
      if (key === "input" && writtenWebhook.test(inner)) checkWebhook();
    },
  };
}

/**
 * @param {{ bytes: Uint8Array, members: [key: string, start: number, end: number][] }} body
 * @returns {Order}
 */
export function readOrder({ bytes, members }, route, params) {
  const { owner, name, version } = params;
  if (!owner) return readReference(bytes, members);
  const path = fillPath(route, params);
  const model = `${owner}/${name}`;
  if (path.startsWith("/deployments")) return { path, body: bytes, deployment: model };
  return { path, body: bytes, reference: { model, version } };
}

/** A body that names what to run: as `version`, as the provider's `model` and `version`, or as `model`. */
function readReference(bytes, members) {
  const names = members.filter(([key]) => key === "model" || key === "version");
  const { model: modelText, version: versionText } = Object.fromEntries(sliceMembers(bytes, names));
  const named = [modelText, versionText].filter(Boolean).map((text) => parseReference(JSON.parse(text)));
  if (!named[0] || named.includes(undefined) || (modelText && !named[0].model)) {
    throw invalid("The body must name a model, owner/name, or a version.");
  }
  const [model, version] = ["model", "version"].map((part) => {
    const [value, another] = new Set(named.map((reference) => reference[part]).filter(Boolean));
    if (another) throw invalid("The body names two different models or versions: leave one out.");
    return value;
  });
  const reference = { model, version };
  if (!model) return { path: "/predictions", body: bytes, reference };
  const others = sliceMembers(bytes, members.filter((member) => !names.includes(member)));
  if (!version) return { path: `/models/${model}/predictions`, body: joinObject(others), reference };
  // Replicate takes a version without its model.
  return { path: "/predictions", body: joinObject([["version", JSON.stringify(version)], ...others]), reference };
}

function isWebhook(key) {
  return /^webhook/i.test(key);
}

/** The same of a key as JSON writes it, where each letter may be an escape. */
const eitherCase = (letter) => `(?:${written(letter)}|${written(letter.toUpperCase())})`;
const writtenWebhook = new RegExp(`^${[..."webhook"].map(eitherCase).join("")}`);
