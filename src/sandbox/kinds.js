// What a model of each kind takes and gives. The schemas are those a version shows in its `openapi_schema`; inputs are checked by them.

import { withoutDirectives } from "./directives.js";
import { writeText } from "./text.js";

const PROMPT = {
  type: "string",
  title: "Prompt",
  description: "What to write or draw; may hold the sandbox's directives",
  "x-order": 0,
};
/** What a text model gives: a list of pieces, to be shown as one text. */
const TEXT = {
  type: "array",
  title: "Output",
  items: { type: "string" },
  "x-cog-array-type": "iterator",
  "x-cog-array-display": "concatenate",
};

const SEED = { type: "integer", title: "Seed", description: "The same seed gives the same answer", "x-order": 1 };

/**
 * @typedef {object} Kind
 * @property {import("./validation.js").Schema} input
 * @property {Record<string, unknown>} output its schema
 * @property {boolean} [drawn] whether each output takes as long as a picture
 * @property {boolean} many whether the output is an array that grows, or one value
 * @property {boolean} streams whether predictions have `urls.stream`
 * @property {(input: Record<string, any>, pictureUrl: (index: number) => string) => unknown[]} outputs
 * @property {(input: Record<string, any>, outputs: unknown[]) => Record<string, number>} [metrics] counts beside the times
 */

/** @type {Record<string, Kind>} */
export const KINDS = {
  text: {
    input: {
      type: "object",
      title: "Input",
      required: ["prompt"],
      properties: {
        prompt: PROMPT,
        seed: SEED,
        max_tokens: {
          type: "integer",
          title: "Max Tokens",
          minimum: 1,
          description: "The most tokens to write",
          "x-order": 2,
        },
      },
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
  image: {
    input: {
      type: "object",
      title: "Input",
      required: ["prompt"],
      properties: {
        prompt: PROMPT,
        seed: SEED,
        num_outputs: {
          type: "integer",
          title: "Num Outputs",
          minimum: 1,
          maximum: 4,
          default: 1,
          description: "How many pictures to draw",
          "x-order": 2,
        },
      },
    },
    output: { type: "array", title: "Output", items: { type: "string", format: "uri" } },
    drawn: true,
    many: true,
    streams: true,
    outputs: ({ num_outputs = 1 }, pictureUrl) => Array.from({ length: num_outputs }, (_, index) => pictureUrl(index)),
    metrics: (_, outputs) => ({ image_count: outputs.length }),
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
