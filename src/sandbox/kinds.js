// The inputs and outputs of each kind of model. These schemas validate inputs; openapi-schema.js shows them in a version.

import { withoutDirectives } from "./directives.js";
import { PICTURE_KINDS } from "./picture-kinds.js";
import { writeText } from "./text.js";

const PROMPT = {
  type: "string",
  title: "Prompt",
  description: "What to write about",
  "x-order": 0,
};
/** The output of a text model: pieces of one text. */
const TEXT = {
  type: "array",
  title: "Output",
  items: { type: "string" },
  "x-cog-array-type": "iterator",
  "x-cog-array-display": "concatenate",
};

const SEED = { type: "integer", title: "Seed", description: "The same seed gives the same answer", "x-order": 5 };

/** The inputs of Replicate's text models. The sandbox reads `prompt`, `max_tokens` and `seed`; the others change nothing. */
const TEXT_INPUTS = {
  prompt: PROMPT,
  system_prompt: {
    type: "string",
    title: "System Prompt",
    default: "You are a helpful assistant.",
    description: "How the model should behave",
    "x-order": 1,
  },
  max_tokens: {
    type: "integer",
    title: "Max Tokens",
    minimum: 1,
    maximum: 4096,
    default: 512,
    description: "The most tokens to write",
    "x-order": 2,
  },
  temperature: {
    type: "number",
    title: "Temperature",
    minimum: 0,
    maximum: 5,
    default: 0.7,
    description: "0 is the most likely text, higher is more surprising",
    "x-order": 3,
  },
  top_p: {
    type: "number",
    title: "Top P",
    minimum: 0,
    maximum: 1,
    default: 0.95,
    description: "Choose among the most likely tokens up to this probability",
    "x-order": 4,
  },
  seed: SEED,
};

/**
 * @typedef {object} Kind
 * @property {import("./validation.js").Schema} input
 * @property {Record<string, unknown>} output its schema
 * @property {boolean} [drawn] whether each output takes the steps of a picture
 * @property {boolean} many whether the output is an array that grows; else it is one value
 * @property {boolean} streams whether predictions have `urls.stream`
 * @property {(input: Record<string, any>, pictureUrl: (index: number) => string) => unknown[]} outputs
 * @property {(input: Record<string, any>, outputs: unknown[]) => Record<string, number>} [metrics] counts that join the times in `metrics`
 */

/** @type {Record<string, Kind>} */
export const KINDS = {
  ...PICTURE_KINDS,
  text: {
    input: {
      type: "object",
      title: "Input",
      required: ["prompt"],
      properties: TEXT_INPUTS,
    },
    output: TEXT,
    many: true,
    streams: true,
    outputs: ({ prompt, seed = 0, max_tokens }) => writeText(withoutDirectives(prompt), seed).slice(0, max_tokens),
    metrics: ({ prompt }, outputs) => ({
      input_token_count: Math.ceil(prompt.length / 4),
      output_token_count: outputs.length,
    }),
  },
  hello: {
    input: {
      type: "object",
      title: "Input",
      required: ["text"],
      properties: {
        text: { type: "string", title: "Text", description: "Text to prefix with 'hello '", "x-order": 0 },
      },
    },
    output: { type: "string", title: "Output" },
    many: false,
    streams: false,
    outputs: ({ text }) => [`hello ${withoutDirectives(text)}`],
  },
  echo: {
    input: {
      type: "object",
      title: "Input",
      required: ["value"],
      properties: { value: { title: "Value", description: "Any JSON", "x-order": 0 } },
    },
    output: { title: "Output" },
    many: false,
    streams: false,
    outputs: ({ value }) => [value],
  },
  tokens: {
    input: {
      type: "object",
      title: "Input",
      required: ["tokens"],
      properties: {
        tokens: {
          type: "array",
          items: { type: "string" },
          title: "Tokens",
          description: "The output, token by token",
          "x-order": 0,
        },
      },
    },
    output: TEXT,
    many: true,
    streams: true,
    outputs: ({ tokens }) => tokens,
  },
};
