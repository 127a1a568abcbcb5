/** The bytes that a finished call keeps in Node, during a loop that never yields to the event loop, and after it. */

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { medians } from "../median.mjs";

const ROUNDS = 5;
const LOOP = join(import.meta.dirname, "../loop.mjs");

export async function measureLoops() {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", LOOP]);
    rounds.push(JSON.parse(stdout));
  }
  return medians(rounds);
}
