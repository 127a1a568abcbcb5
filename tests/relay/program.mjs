/** Starts server programs, each on a free port of 127.0.0.1. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { until } from "./upstream.mjs";

/** A port that was free a moment ago, for a program that cannot report the port it listens on. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Runs a server until the test ends. Resolves to its origin when it answers.
 *
 * @param {import("node:test").TestContext} t
 * @param {{ cwd: string, env: Record<string, string> }} options the program finds its port in the variable PORT
 */
export async function startProgram(t, [command, ...args], { cwd, env }) {
  const port = await freePort();
  // In its own process group: Deno's command is a script that starts the program, and both must be ended.
  const server = spawn(command, args, { cwd, env: { ...env, PORT: String(port) }, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let output = "";
  server.stdout.on("data", (text) => (output += text));
  server.stderr.on("data", (text) => (output += text));
  t.after(
    () =>
      new Promise((resolve) => {
        if (server.exitCode !== null || server.signalCode !== null) return resolve();
        server.on("exit", resolve);
        process.kill(-server.pid, "SIGKILL");
      }),
  );
  const origin = `http://127.0.0.1:${port}`;
  await until(async () => {
    assert.equal(server.exitCode, null, output);
    return fetch(origin).then(
      () => true,
      () => false,
    );
  });
  return origin;
}
