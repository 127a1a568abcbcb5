import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../..");

/** The servers: today's, and an older one without event streams. Its log says where it listens. */
const SERVERS = {
  current: { venv: process.env.COG_VENV ?? join(root, ".venv-cog"), path: [here], listens: /Starting coglet server on (127\.0\.0\.1:\d+)/ },
  0.16: {
    venv: process.env.COG_0_16_VENV ?? join(root, ".venv-cog-0.16"),
    path: [join(here, "0.16"), here],
    /** Read from a cog.yaml otherwise, which the models do not have. */
    settings: { COG_GPU: "", COG_MAX_CONCURRENCY: "1", COG_TRAIN_TYPE_STUB: "" },
    listens: /Uvicorn running on http:\/\/(127\.0\.0\.1:\d+)/,
  },
};

/**
 * The shell is a lifeline: when the server ends, or when this process is gone (however it died) and `cat` sees the end
 * of its input, the whole process group is killed, the model's worker and the shell included.
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
    detached: true, // a process group of its own, so that `kill 0` ends this server and nothing else
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
  // Only stop() waits for it: a test that failed before must not keep its process, and so the server, alive.
  const handles = [shell, shell.stdin, shell.stdout, shell.stderr];
  for (const handle of handles) handle.unref();
  let log = "";
  for (const output of [shell.stdout, shell.stderr]) output.setEncoding("utf8").on("data", (text) => (log += text));
  // "close" comes when no process of the group holds its output any more: all of them are gone.
  const closed = new Promise((resolve) => shell.once("close", resolve));

  const server = {
    url: "",
    /** The server's own log, JSON a line. */
    logs: () => log,
    /** What the model noted, in order: `setup` (`gated` only), `run`, `waiting` (`slow` only), `finished`,
     * `canceled`, `failed`. */
    journal: () => readFileSync(journalFile, "utf8").split("\n").filter(Boolean),
    /** The body of GET /health-check. */
    health: async () => (await fetch(`${server.url}/health-check`)).json(),
    /** Resolves when `condition()` is true; rejects with the server's log when it does not become so. */
    until,
    /** Resolves when nothing runs. An answer may come a moment before its slot is free, and the next request get 409. */
    idle: () => until(async () => (await server.health()).status === "READY", "health-check is READY"),
    /** Lets the setup of `gated` go on. */
    release: () => writeFileSync(gateFile, ""),
    /** Ends the server and its worker; resolves when both are gone. */
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
      // With PORT=0 the system chooses; the log is the only place that says what.
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
