// The sandbox's data: its models, account, hardware and collections.

import { KINDS } from "./kinds.js";
import { hexId } from "./random.js";

/**
 * @typedef {object} Version
 * @property {string} id 64 hexadecimal digits
 * @property {number} createdAt milliseconds since 1970
 * @property {import("./kinds.js").Kind} kind
 * @property {boolean} streams whether predictions have `urls.stream`
 * @property {() => boolean} [ready] false while the training that makes this version still runs; without it, always ready
 *
 * @typedef {object} Model
 * @property {string} ref "owner/name"
 * @property {string} owner
 * @property {string} name
 * @property {string} description
 * @property {"public" | "private"} visibility
 * @property {boolean} official whether it can be run without a version
 * @property {Version[]} versions the most recent first
 * @property {Record<string, unknown>} [example] an input
 * @property {Record<string, string | null>} links the owner's links: github_url, paper_url, license_url, cover_image_url
 */

/** The creation time of every model. */
export const CREATED_AT = Date.UTC(2024, 1, 15, 16, 32, 57, 18);

/** The provider's four models with their versions, a few of Replicate's, then the sandbox's own models for tests. */
const MODELS = [
  {
    ref: "google-deepmind/gemma-2b-it",
    kind: "text",
    description: "2B instruct version of Google's Gemma model",
    version: "dff94eaf770e1fc211e425a50b51baa8e4cac6c39ef074681f9e39d778773626",
  },
  {
    ref: "stability-ai/stable-diffusion-3",
    kind: "diffusion",
    description: "A text-to-image model",
    version: "527d2a6296facb8e47ba1eaf17f142c240c19a30894f437feee9b91cc29d8e4f",
  },
  {
    ref: "bytedance/sdxl-lightning-4step",
    kind: "sized",
    description: "Fast text-to-image in four steps",
    version: "5f24084160c9089501c1b3545d9be3c27883ae2239b6f412990e82d4a6210f8f",
  },
  {
    ref: "playgroundai/playground-v2.5-1024px-aesthetic",
    kind: "sized",
    description: "A text-to-image model tuned for looks",
    version: "a45f82a1382bed5c7aeb861dac7c7d191b0fdf74d8d57c4a0e6ed7d4d0bf7d24",
  },
  {
    ref: "meta/meta-llama-3-8b-instruct",
    kind: "text",
    description: "An 8 billion parameter chat model",
    official: true,
  },
  {
    ref: "black-forest-labs/flux-schnell",
    kind: "flux",
    description: "The fastest image model of its family",
    official: true,
  },
  {
    ref: "replicate/hello-world",
    kind: "hello",
    description: "A tiny model that says hello",
    version: "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa",
  },
  {
    ref: "sandbox/no-stream",
    kind: "text",
    description: "A text model whose predictions have no stream URL",
    official: true,
    streams: false,
  },
  { ref: "sandbox/echo", kind: "echo", description: "Gives back its input `value`, any JSON", official: true },
  { ref: "sandbox/tokens", kind: "tokens", description: "Gives back its input `tokens` one by one", official: true },
];

/** Image models have no example: its picture would have to be stored, or stand as a long `data:` URI in every list. */
const EXAMPLES = {
  text: { prompt: "Write a short poem about spring." },
  hello: { text: "Alice" },
  echo: { value: { answer: 42 } },
  tokens: { tokens: ["Hello", ",", " world"] },
};

/** @returns {Map<string, Model>} a new map for each sandbox, by "owner/name" */
export function createCatalogue() {
  return new Map(MODELS.map((entry) => [entry.ref, createModel(entry)]));
}

function createModel({ ref, kind: kindName, description, version = hexId(ref), official = false, streams }) {
  const [owner, name] = ref.split("/");
  const kind = KINDS[kindName];
  return {
    ref,
    owner,
    name,
    description,
    visibility: "public",
    official,
    versions: [{ id: version, createdAt: CREATED_AT, kind, streams: streams ?? kind.streams }],
    example: EXAMPLES[kindName],
    links: {
      github_url: "https://github.com/replicate/cog-examples",
      paper_url: null,
      license_url: null,
      cover_image_url: null,
    },
  };
}

/** @param {Model} model @returns {Version[]} the most recent first */
export const versionsOf = (model) => model.versions.filter(({ ready }) => ready?.() ?? true);

/**
 * @param {Map<string, Model>} models
 * @param {string} id of a version
 * @returns {{ model: Model, version: Version } | undefined}
 */
export function findVersion(models, id) {
  for (const model of models.values()) {
    const version = versionsOf(model).find((version) => version.id === id);
    if (version) return { model, version };
  }
  return undefined;
}

/** The example of `GET /account` in the OpenAPI file, with the sandbox's own name. */
export const ACCOUNT = {
  type: "organization",
  username: "sandbox",
  name: "Sandbox, Inc.",
  github_url: "https://github.com/replicate",
};

/** The example of `GET /hardware` in the OpenAPI file. */
export const HARDWARE = [
  { name: "CPU", sku: "cpu" },
  { name: "Nvidia T4 GPU", sku: "gpu-t4" },
  { name: "Nvidia A40 GPU", sku: "gpu-a40-small" },
  { name: "Nvidia A40 (Large) GPU", sku: "gpu-a40-large" },
];

export const COLLECTIONS = [
  {
    name: "Language models",
    slug: "language-models",
    description: "Models that understand and write text.",
    models: ["google-deepmind/gemma-2b-it", "meta/meta-llama-3-8b-instruct"],
  },
  {
    name: "Text to image",
    slug: "text-to-image",
    description: "Models that draw pictures from prompts.",
    models: [
      "stability-ai/stable-diffusion-3",
      "bytedance/sdxl-lightning-4step",
      "playgroundai/playground-v2.5-1024px-aesthetic",
      "black-forest-labs/flux-schnell",
    ],
  },
];
