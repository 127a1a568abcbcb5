/** The programs that set-up, build and tests start. */
import { spawn, spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

export const root = join(import.meta.dirname, "../..");

/** Where `cargo install` puts its programs. A fresh shell may not have it on its PATH. */
const cargoBin = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "bin");

export const env = {
  ...process.env,
  PATH: [join(root, "node_modules/.bin"), process.env.PATH, cargoBin].join(delimiter),
};

/** Prints a sentence and ends the process as failed. */
export function stop(sentence) {
  console.error(`\n${sentence}`);
  process.exit(1);
}

/** What a program prints, or undefined where it is missing or fails. */
export function output(program, ...args) {
  const { status, stdout } = spawnSync(program, args, { env, cwd: root, encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * Runs a program to its end, or to the end of this process. What it prints is kept, not shown.
 *
 * @returns {Promise<{ ok: boolean, text: string }>} whether it succeeded, and what it printed to both outputs
 */
export function execute(program, args, options = {}) {
  return new Promise((resolve) => {
    let text = "";
    const child = spawn(program, args, { env, cwd: root, stdio: ["ignore", "pipe", "pipe"], ...options });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk) => (text += chunk));
    const end = () => child.kill();
    process.once("exit", end);
    const settle = (ok) => (process.off("exit", end), resolve({ ok, text }));
    child.on("error", (error) => ((text += `${error.message}\n`), settle(false)));
    child.on("close", (status) => settle(status === 0));
  });
}

const failure = (program, args, text) => `${text}\nThis command failed: ${[program, ...args].join(" ")}`;

/** Runs a program that must succeed. Rejects with its output when it fails. */
export async function install(program, args, options) {
  const { ok, text } = await execute(program, args, options);
  if (!ok) throw new Error(failure(program, args, text));
}

/** Runs a program that must succeed, while this process waits. When it fails, its output is shown and the process ends. */
export function run(program, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { env, cwd: root, encoding: "utf8", ...options });
  if (status !== 0) stop(failure(program, args, `${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`));
}
