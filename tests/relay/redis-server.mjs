/** A real Redis server on a free port of 127.0.0.1, for one test. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { freePort } from "./program.mjs";

const program = ["redis-server", "valkey-server"].find((name) => spawnSync(name, ["--version"]).status === 0);

/**
 * @param {import("node:test").TestContext} t
 * @returns its port, `stop` (at once, like a crash), and `start` with an empty database
 */
export async function startRedis(t) {
  assert.ok(program, "There is no redis-server on the PATH: npm run setup installs it.");
  const port = await freePort();
  let server;
  async function start() {
    server = spawn(program, ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const text of server.stdout) if (/ready to accept connections/i.test(text)) break;
  }
  async function stop() {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGKILL");
    await exited;
  }
  await start();
  t.after(stop);
  return { port, start, stop };
}

/** The two client packages, connected as in their manuals. */
export const clients = {
  async redis(t, port) {
    const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: 20 } });
    client.on("error", () => {});
    await client.connect();
    t.after(() => client.destroy());
    return client;
  },
  async ioredis(t, port) {
    const client = new Redis({ port, host: "127.0.0.1", retryStrategy: () => 20 });
    client.on("error", () => {});
    await new Promise((resolve) => client.once("ready", resolve));
    t.after(() => client.disconnect());
    return client;
  },
};
