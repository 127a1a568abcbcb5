// A fresh project: an empty folder in which npm has installed the packed package.

import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "./blocks.mjs";

export const execute = promisify(execFile);
const env = { ...process.env, npm_config_offline: "true", npm_config_audit: "false", npm_config_fund: "false" };

/** A folder that is removed after the test. */
export async function emptyFolder(t) {
  const folder = await mkdtemp(join(tmpdir(), "replicate-wasm-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

/**
 * Runs a line such as `npm install replicate-wasm express` in a new folder. The package comes from its tarball, every other from
 * this repository, so that the test needs no network.
 *
 * @returns {Promise<string>} the folder
 */
export async function install(t, line) {
  const folder = await emptyFolder(t);
  const { stdout } = await execute("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], { cwd: root, env });
  const [{ name, filename }] = JSON.parse(stdout);
  const [command, verb, ...packages] = line.trim().split(" ");
  if (!packages.includes(name)) throw new Error(`"${line}" does not install ${name}`);
  await execute(command, [verb, `./${filename}`], { cwd: folder, env });
  for (const other of packages.filter((one) => one !== name)) {
    await symlink(new URL(`node_modules/${other}`, root).pathname, join(folder, "node_modules", other));
  }
  return folder;
}

export const freshProject = (t) => install(t, "npm install replicate-wasm");

/** The output of a module that runs in a folder. */
export const node = async (code, cwd, more = {}) =>
  (await execute(process.execPath, ["--input-type=module", "--eval", code], { cwd, env: { ...process.env, ...more } })).stdout;
