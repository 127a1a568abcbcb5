/** A turn of the conversation as data, and the part of it that survives a reload. */

/**
 * @typedef {object} Turn a question and its answer
 * @property {import("./calls.js").Job} job
 * @property {number} startedAt milliseconds since 1970
 * @property {string} text of the answer so far
 * @property {string} logs
 * @property {number} pieces of text that have come
 * @property {number} [firstAt] when the first one came
 * @property {{ words: string, error?: object, endedAt: number, figures: string[], isAnswer: boolean }} [end]
 * @property {object} [handle] of the stream, as long as it can be taken up again
 */

/** @param {import("./calls.js").Job} job @returns {Turn} */
export const newTurn = (job) => ({ job, startedAt: Date.now(), text: "", logs: "", pieces: 0, firstAt: undefined, end: undefined, handle: undefined });

/** @param {{ words: string, error?: object, figures?: string[], isAnswer?: boolean }} end @returns {Turn["end"]} */
export const endOf = ({ words, error, figures = [], isAnswer = false }) => ({ words, error, figures, isAnswer, endedAt: Date.now() });

/** Whether a model takes a conversation. All others take one text. @param {import("./models.js").Model} model */
const isChat = ({ prompt, gives }) => prompt === "prompt" && gives === "text";

/** The earlier turns, as messages for a model. @param {Turn[]} turns @returns {{ role: string, content: string }[]} */
export function historyFor(model, turns) {
  if (!isChat(model)) return [];
  return turns
    .filter(({ end, text, job }) => end?.isAnswer && text && isChat(job.model))
    .flatMap(({ job, text }) => [
      { role: "user", content: job.text },
      { role: "assistant", content: text },
    ]);
}

/** The turn as JSON, without attached files. @param {Turn} turn @param {{ url: string }[]} files of the answer */
export function toPlain({ job, startedAt, text, logs, pieces, firstAt, end, handle }, files) {
  const { model, input, ...rest } = job;
  const kept = Object.fromEntries(Object.entries(input).filter(([, value]) => ![value].flat().some((one) => one instanceof File)));
  const error = end?.error && errorData(end.error);
  return { modelName: model.name, job: { ...rest, input: kept }, startedAt, text, logs, pieces, firstAt, handle, end: end && { ...end, error }, files: files.map(({ url }) => url) };
}

const errorData = ({ name, message, code, status, detail, retryAfterMs, predictionId, request }) => ({ name, message, code, status, detail, retryAfterMs, predictionId, request });
