import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../..");

/** The versions of the server. Their logs have the address that they listen on. */
const SERVERS = {
  current: { venv: process.env.COG_VENV ?? join(root, ".venv-cog"), path: [here], listens: /Starting coglet server on (127\.0\.0\.1:\d+)/ },
  0.16: {
    venv: process.env.COG_0_16_VENV ?? join(root, ".venv-cog-0.16"),
    path: [join(here, "0.16"), here],
    /** Without a cog.yaml this has to be set. */
    settings: { COG_GPU: "", COG_MAX_CONCURRENCY: "1", COG_TRAIN_TYPE_STUB: "" },
    listens: /Uvicorn running on http:\/\/(127\.0\.0\.1:\d+)/,
  },
};

/**
 * A shell that kills its process group, with the server and the model's worker, when the server ends or when this process
 * ends in any way, since then `cat` reads the end of its input.
 */
const LIFELINE = "(python -m cog.server.http --host 127.0.0.1 </dev/null; kill -KILL 0) & cat >/dev/null; kill -KILL 0";

/**
 * Starts a real Cog server with one of the models beside this file, on a free port of 127.0.0.1.
 *
 * @param {object} options
 * @param {"text" | "plain" | "image" | "mixed" | "failing" | "slow" | "gated"} options.runner the folder of the model
 * @param {"current" | "0.16"} [options.version] of Cog; the older one answers every prediction without an event stream
 * @param {boolean} [options.untilReady] wait for the end of the model's setup; false to see the server while it sets up
 * @param {number} [options.historyCapacity] how many events a reader who joins late still gets; Cog's own default is 1024
 * @param {string} [options.setupError] what the setup of `gated` fails with, once it is released
 * @param {number} [options.startTimeoutMs] 30000
 */
export async function startCog({ runner, version = "current", untilReady = true, historyCapacity, setupError, startTimeoutMs = 30_000 }) {
  const { venv, path, settings, listens } = SERVERS[version];
  if (!existsSync(join(venv, "bin/python"))) throw new Error(`There is no Cog in ${venv}: run \`npm run setup\``);
  const state = mkdtempSync(join(tmpdir(), "cog-"));
  const [journalFile, gateFile] = [join(state, "journal"), join(state, "gate")];
  writeFileSync(journalFile, "");

  const shell = spawn("sh", ["-c", LIFELINE], {
    cwd: join(here, runner),
    detached: true, // in its own process group, so that `kill 0` ends only this server
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      ...process.env,
      PATH: `${join(venv, "bin")}:${process.env.PATH}`,
      PYTHONPATH: path.join(":"),
      PYTHONDONTWRITEBYTECODE: "1",
      COG_PREDICT_TYPE_STUB: "run.py:Runner",
      ...settings,
      COG_JOURNAL: journalFile,
      COG_GATE: gateFile,
      TMPDIR: state, // the pictures; removed with the rest
      PORT: "0",
      ...(historyCapacity !== undefined && { COG_STREAM_HISTORY_CAPACITY: String(historyCapacity) }),
      ...(setupError !== undefined && { COG_SETUP_ERROR: setupError }),
    },
  });
  // Only stop() waits for it. A failed test must not keep its process alive, and with it the server.
  const handles = [shell, shell.stdin, shell.stdout, shell.stderr];
  for (const handle of handles) handle.unref();
  let log = "";
  for (const output of [shell.stdout, shell.stderr]) output.setEncoding("utf8").on("data", (text) => (log += text));
  // "close" is emitted when all processes of the group have ended, since each holds the output open.
  const closed = new Promise((resolve) => shell.once("close", resolve));

  const server = {
    url: "",
    /** The server's log, a line of JSON for each entry. */
    logs: () => log,
    /** The entries of the model's journal, in order: `setup` (`gated` only), `run`, `waiting` (`slow` only), `finished`,
     * `canceled`, `failed`. */
    journal: () => readFileSync(journalFile, "utf8").split("\n").filter(Boolean),
    /** The body of GET /health-check. */
    health: async () => (await fetch(`${server.url}/health-check`)).json(),
    /** Resolves when `condition()` is true. Rejects with the server's log after the time limit. */
    until,
    /** Resolves when nothing runs. An answer may come shortly before its slot is free, and until then requests get 409. */
    idle: () => until(async () => (await server.health()).status === "READY", "health-check is READY"),
    /** Lets the setup of `gated` go on. */
    release: () => writeFileSync(gateFile, ""),
    /** Ends the server and its worker. Resolves when both have ended. */
    async stop() {
      for (const handle of handles) handle.ref();
      shell.stdin.end();
      await closed;
      rmSync(state, { recursive: true, force: true });
    },
  };

  async function until(condition, what = String(condition), timeoutMs = startTimeoutMs) {
    const deadline = performance.now() + timeoutMs;
    while (!(await condition())) {
      if (performance.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${what}\n${log}`);
      await delay(10);
    }
  }

  try {
    await until(() => {
      if (shell.exitCode !== null || shell.signalCode !== null) throw new Error(`The Cog server ended\n${log}`);
      // With PORT=0 the system chooses the port, which only the log shows.
      server.url = listens.exec(log)?.[1] ?? "";
      return server.url;
    }, "the server listens");
    server.url = `http://${server.url}`;
    if (untilReady) {
      await until(async () => {
        const { status } = await server.health();
        if (status === "SETUP_FAILED") throw new Error(`The model's setup failed\n${log}`);
        return status === "READY";
      }, "health-check is READY");
    }
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}
