/** What the benchmark calls in its pages. */

import { wasmBytes } from "./wasm-memory.js";
import { sendFile } from "./files.js";
import { finishStreams, openStreams } from "./memory.js";
import { run } from "./runs.js";
import { read } from "./streams.js";

globalThis.bench = { finishStreams, openStreams, read, run, sendFile, wasmBytes };
