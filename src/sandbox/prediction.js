// A prediction: how it is made, and its JSON.

import { withoutDirectives } from "./directives.js";
import { Life, TERMINAL } from "./life.js";
import { drawPicture } from "./picture.js";
import { imageSeed, pictureSize } from "./picture-kinds.js";
import { randomId } from "./random.js";
import { writeScript } from "./script.js";

/**
 * @typedef {object} Prediction
 * @property {string} id
 * @property {string} streamKey the secret part of its stream URL, which works without a token
 * @property {string} model "owner/name"
 * @property {string} version
 * @property {Record<string, any>} input
 * @property {"api" | "web"} source
 * @property {import("./kinds.js").Kind} kind
 * @property {boolean} streams
 * @property {Life} life
 * @property {import("./directives.js").Directives} directives
 * @property {Map<string, number>} hits how often each counted fault has hit
 * @property {import("./links.js").Links} links of the request that created it
 * @property {(index: number) => Uint8Array} draw
 */

/**
 * @param {object} order
 * @param {import("./catalogue.js").Model} order.model
 * @param {import("./catalogue.js").Version} order.version
 * @param {Record<string, any>} order.input validated
 * @param {import("./directives.js").Directives} order.directives
 * @param {"api" | "web"} [order.source] "api"
 * @param {import("./links.js").Links} order.links
 * @param {number} order.createdAt milliseconds since 1970
 * @param {number} [order.deadlineMs]
 * @param {{ stepMs: number, seed: number, dataUris: boolean }} order.settings
 * @returns {Prediction}
 */
export function createPrediction(order) {
  const { model, version, input, directives, source = "api", links, createdAt, deadlineMs, settings } = order;
  const id = randomId();
  const seed = settings.seed + (input.seed ?? 0);
  const draw = (index) =>
    drawPicture(withoutDirectives(input.prompt), seed + imageSeed(input) + index, pictureSize(input, version.kind.input));
  const pictureUrl = (index) => (settings.dataUris ? dataUri(draw(index)) : links.file(`${id}/out-${index}.png`));
  const outputs = version.kind.outputs({ ...input, seed }, pictureUrl);
  const { frames, stepMs } = writeScript({
    outputs,
    drawn: version.kind.drawn,
    directives: directives.life,
    stepMs: settings.stepMs,
  });
  return {
    id,
    streamKey: randomId(52),
    model: model.ref,
    version: version.id,
    input,
    source,
    kind: version.kind,
    streams: version.streams && !directives.life.has("no-stream"),
    life: new Life(frames, { createdAt, stepMs, deadlineMs }),
    directives,
    hits: new Map(),
    links,
    draw,
  };
}

/**
 * The JSON of a prediction, as in the example of `GET /predictions/{prediction_id}` in the OpenAPI file.
 *
 * @param {Prediction} prediction
 * @param {import("./life.js").View} view
 * @param {import("./links.js").Links} links of the request being answered
 */
export function showPrediction(prediction, view, links) {
  const path = `/predictions/${prediction.id}`;
  return {
    id: prediction.id,
    model: prediction.model,
    version: prediction.version,
    input: prediction.input,
    logs: view.logs,
    output: showOutput(prediction, view),
    error: view.error,
    ...showTimes(prediction.life, view),
    data_removed: false,
    source: prediction.source,
    ...(TERMINAL.has(view.status) && {
      metrics: {
        ...showDurations(prediction.life, view),
        ...prediction.kind.metrics?.(prediction.input, view.outputs),
      },
    }),
    urls: {
      cancel: links.api(`${path}/cancel`),
      get: links.api(path),
      ...(prediction.streams && { stream: links.stream(prediction.id, prediction.streamKey) }),
      web: `https://replicate.com/p/${prediction.id}`,
    },
  };
}

/** The status and times of a prediction or a training. */
export function showTimes(life, view) {
  return {
    status: view.status,
    created_at: isoTime(life.createdAt),
    ...(view.startedAt !== null && { started_at: isoTime(view.startedAt) }),
    ...(view.completedAt !== null && { completed_at: isoTime(view.completedAt) }),
  };
}

/** Seconds. The OpenAPI file on `predict_time`: "It won't include time waiting for the prediction to start." */
export function showDurations(life, view) {
  return {
    predict_time: view.startedAt === null ? 0 : (view.completedAt - view.startedAt) / 1000,
    total_time: (view.completedAt - life.createdAt) / 1000,
  };
}

export const isoTime = (ms) => new Date(ms).toISOString();

function showOutput({ kind }, { outputs }) {
  if (outputs.length === 0) return null;
  return kind.many ? outputs : outputs[0];
}

function dataUri(png) {
  let binary = "";
  for (let at = 0; at < png.length; at += 0x8000) binary += String.fromCharCode(...png.subarray(at, at + 0x8000));
  return `data:image/png;base64,${btoa(binary)}`;
}
