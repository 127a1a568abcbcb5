/** The figures in the footer of a card: time to the first text, tokens per second, `predict_time`. */

/**
 * @param {import("./turn.js").Turn} turn
 * @param {import("/pkg/index.js").Prediction} [prediction] as it is at its end
 * @returns {string[]}
 */
export function figuresOf({ startedAt, firstAt, pieces }, prediction) {
  const seconds = (ms) => `${(ms / 1000).toFixed(ms < 9950 ? 1 : 0)} s`;
  const { predict_time, output_token_count } = prediction?.metrics ?? {};
  const figures = [];
  if (firstAt) figures.push(`first text after ${seconds(firstAt - startedAt)}`);
  const writingMs = Date.now() - firstAt;
  if (pieces > 1 && writingMs > 0) figures.push(`${Math.round(((output_token_count ?? pieces) * 1000) / writingMs).toLocaleString("en")} tokens/s`);
  if (predict_time !== undefined) figures.push(`predict_time ${seconds(predict_time * 1000)}`);
  return figures;
}
