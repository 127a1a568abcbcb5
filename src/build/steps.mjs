/**
 * How set-up runs its steps: it skips what is there, says how long the rest takes, and prints a line after each step.
 *
 * @typedef {object} Step
 * @property {string} title
 * @property {number} seconds about how long it takes on 2 cores
 * @property {() => boolean} isThere
 * @property {() => Promise<void>} install
 * @property {string} [untested] what is not tested without it; a step that has none is required
 */
import { stop } from "./program.mjs";

const duration = (seconds) => (seconds < 90 ? `${Math.ceil(seconds / 10) * 10} seconds` : `${Math.ceil(seconds / 60)} minutes`);

async function runStep({ title, isThere, install, untested }) {
  const started = performance.now();
  const problem = await install().then(
    () => (isThere() ? undefined : `Nothing failed, but it is still missing: ${title}. Install it by hand and try again.`),
    ({ message }) => message,
  );
  if (problem && untested) return console.log(problem);
  if (problem) stop(problem);
  console.log(`  ${title.padEnd(50)}${Math.round((performance.now() - started) / 1000).toString().padStart(4)} s`);
}

/** @param {Step[][]} lanes run side by side; the steps of a lane run one after another */
export async function runSteps(lanes) {
  const missing = lanes.map((lane) => lane.filter(({ isThere }) => !isThere()));
  if (!missing.flat().length) return;
  const seconds = Math.max(...missing.map((lane) => lane.reduce((sum, step) => sum + step.seconds, 0)));
  console.log(`Set-up installs what is missing, once. It takes about ${duration(seconds)}:`);
  await Promise.all(
    missing.map(async (lane) => {
      for (const step of lane) await runStep(step);
    }),
  );
}
