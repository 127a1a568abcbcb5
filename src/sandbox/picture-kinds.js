// The inputs of the image models: the main ones of the models of the same names at Replicate.

import { hash } from "./random.js";

const LONGEST_SIDE = 768;
const ASPECT_RATIOS = ["1:1", "16:9", "3:2", "2:3", "4:5", "9:16"];

const prompt = { type: "string", title: "Prompt", description: "What the picture shows", "x-order": 0 };
const seed = { type: "integer", title: "Seed", description: "The same seed gives the same picture", "x-order": 9 };
const numOutputs = (order) => ({
  type: "integer",
  title: "Num Outputs",
  minimum: 1,
  maximum: 4,
  default: 1,
  description: "Number of pictures",
  "x-order": order,
});
const aspectRatio = (order, fallback) => ({
  type: "string",
  title: "aspect_ratio",
  enum: ASPECT_RATIOS,
  default: fallback,
  description: "Width to height of the picture",
  "x-order": order,
});
const side = (name, order) => ({
  type: "integer",
  title: name,
  minimum: 256,
  maximum: 1280,
  default: 1024,
  description: `${name} of the picture, in pixels`,
  "x-order": order,
});

/** @param {Record<string, object>} properties besides `prompt` and `seed` @returns {import("./kinds.js").Kind} */
const pictureKind = (properties) => ({
  input: { type: "object", title: "Input", required: ["prompt"], properties: { prompt, ...properties, seed } },
  output: { type: "array", title: "Output", items: { type: "string", format: "uri" } },
  drawn: true,
  many: true,
  streams: true,
  outputs: ({ num_outputs = 1 }, pictureUrl) => Array.from({ length: num_outputs }, (_, index) => pictureUrl(index)),
  metrics: (_, outputs) => ({ image_count: outputs.length }),
});

/** @type {Record<string, import("./kinds.js").Kind>} */
export const PICTURE_KINDS = {
  flux: pictureKind({
    aspect_ratio: aspectRatio(1, "3:2"),
    num_outputs: numOutputs(2),
    num_inference_steps: {
      type: "integer",
      title: "Num Inference Steps",
      minimum: 1,
      maximum: 4,
      default: 4,
      description: "Steps of denoising",
      "x-order": 3,
    },
    go_fast: {
      type: "boolean",
      title: "Go Fast",
      default: true,
      description: "Run with the weights in 8 bits",
      "x-order": 4,
    },
  }),
  diffusion: pictureKind({
    image: {
      type: "string",
      title: "Image",
      format: "uri",
      description: "A picture to start from",
      "x-order": 1,
    },
    prompt_strength: {
      type: "number",
      title: "Prompt Strength",
      minimum: 0,
      maximum: 1,
      default: 0.85,
      description: "How much of the start picture is changed",
      "x-order": 2,
    },
    aspect_ratio: aspectRatio(3, "3:2"),
    cfg: {
      type: "number",
      title: "Cfg",
      minimum: 0,
      maximum: 20,
      default: 3.5,
      description: "How closely the picture follows the prompt",
      "x-order": 4,
    },
    num_outputs: numOutputs(5),
  }),
  sized: pictureKind({
    negative_prompt: {
      type: "string",
      title: "Negative Prompt",
      default: "worst quality, low quality",
      description: "What the picture does not show",
      "x-order": 1,
    },
    width: side("Width", 2),
    height: side("Height", 3),
    num_outputs: numOutputs(4),
    scheduler: {
      type: "string",
      title: "scheduler",
      enum: ["DDIM", "DPMSolverMultistep", "K_EULER", "K_EULER_ANCESTRAL"],
      default: "K_EULER",
      description: "Sampling method",
      "x-order": 5,
    },
  }),
};

/**
 * The size of a picture: the requested shape, scaled so that it is drawn and sent quickly.
 *
 * @param {Record<string, any>} input
 * @param {import("./validation.js").Schema} schema of the input; gives the defaults
 * @returns {{ width: number, height: number }} in pixels
 */
export function pictureSize(input, { properties }) {
  const given = (name) => input[name] ?? properties[name]?.default;
  const ratio = given("aspect_ratio")?.split(":") ?? [given("width"), given("height")];
  const [width, height] = ratio.map(Number);
  const scale = LONGEST_SIDE / Math.max(width, height);
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

/** What the input `image` adds to the seed: another start picture gives another result. @param {Record<string, any>} input */
export const imageSeed = ({ image = "" }) => (image ? hash(image) : 0);
