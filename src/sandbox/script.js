// Writes the script of a prediction or training: its start, logs, outputs and end.

const COLD_TICKS = 2;
const SLOW_FACTOR = 10;
const BAR_WIDTH = 10;
/** Steps of a picture, and updates of the progress bar of a text. */
const BAR_STEPS = 10;

/**
 * @param {object} plan
 * @param {unknown[]} plan.outputs
 * @param {boolean} plan.drawn whether each output takes the steps of a picture
 * @param {Map<string, string>} plan.directives
 * @param {number} plan.stepMs milliseconds
 * @returns {{ frames: import("./life.js").Frame[], stepMs: number }}
 */
export function writeScript({ outputs, drawn, directives, stepMs: normalStepMs }) {
  const stepMs = normalStepMs * (directives.has("slow") ? count(directives.get("slow"), SLOW_FACTOR) : 1);
  const cold = directives.has("cold") ? count(directives.get("cold"), COLD_TICKS) : COLD_TICKS;
  const end = ending(directives);
  if (end?.status === "aborted") return { frames: [{ tick: cold, type: "end", ...end }], stepMs };

  const work = directives.has("null") ? [] : drawn ? pictureFrames(outputs, stepMs) : textFrames(outputs, stepMs);
  const unfinished = directives.has("hang") || (end && end.status !== "succeeded");
  const done = unfinished ? work.slice(0, Math.ceil(work.length / 2)) : work;

  const frames = [{ tick: cold, type: "start" }, ...done.map((frame) => ({ ...frame, tick: cold + 1 + frame.tick }))];
  if (!directives.has("hang"))
    frames.push({ tick: (frames.at(-1)?.tick ?? cold) + 1, type: "end", ...(end ?? { status: "succeeded" }) });
  return { frames, stepMs };
}

/** The number in a directive, or its default. */
function count(argument, fallback) {
  return /^\d+$/.test(argument?.trim() ?? "") ? Number(argument) : fallback;
}

function ending(directives) {
  if (directives.has("fail"))
    return { status: "failed", error: directives.get("fail").trim() || "CUDA out of memory." };
  if (directives.has("canceled")) return { status: "canceled" };
  if (directives.has("aborted")) return { status: "aborted" };
  return null;
}

/** For each picture ten logged steps, then the picture. Ticks from 0. */
function pictureFrames(outputs, stepMs) {
  return outputs.flatMap((value, picture) => {
    const first = picture * (BAR_STEPS + 1);
    const logs = Array.from({ length: BAR_STEPS }, (_, i) => ({
      tick: first + i,
      type: "logs",
      text: bar(i + 1, BAR_STEPS, stepMs),
    }));
    return [...logs, { tick: first + BAR_STEPS, type: "output", value }];
  });
}

/** One token each tick, and a progress bar after every tenth of them. Ticks from 0. */
function textFrames(outputs, stepMs) {
  return outputs.flatMap((value, i) => {
    const output = { tick: i, type: "output", value };
    const tenth = (n) => Math.floor((n * BAR_STEPS) / outputs.length);
    return tenth(i + 1) > tenth(i)
      ? [output, { tick: i, type: "logs", text: bar(i + 1, outputs.length, stepMs) }]
      : [output];
  });
}

/** A line of tqdm: ` 10%|█         | 1/10 [00:00<00:01,  6.67it/s]`. Each update begins with `\r`, the last ends with a line feed. */
function bar(done, total, stepMs) {
  const blocks = Math.floor((done * BAR_WIDTH) / total);
  const percent = String(Math.floor((done * 100) / total)).padStart(3);
  const rate = stepMs > 0 ? `${(1000 / stepMs).toFixed(2).padStart(5)}it/s` : "?it/s";
  const times = `${minutes(done * stepMs)}<${minutes((total - done) * stepMs)}`;
  return `\r${percent}%|${"█".repeat(blocks).padEnd(BAR_WIDTH)}| ${done}/${total} [${times}, ${rate}]${done === total ? "\n" : ""}`;
}

function minutes(ms) {
  const seconds = Math.round(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}
