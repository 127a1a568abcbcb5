// The published package: packed once, and installed by npm in a folder outside of this repository, where the projects of
// `apps/` find it by its name.

import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

const root = join(import.meta.dirname, "../..");
const apps = join(import.meta.dirname, "apps");

/** The folder where the package is installed. It contains the projects. */
export const folder = mkdtempSync(join(tmpdir(), "replicate-wasm-"));
after(() => rm(folder, { recursive: true, force: true }));

const npm = (cwd, ...args) => execFileSync("npm", [...args, "--loglevel=error"], { cwd, encoding: "utf8", timeout: 120_000 });

const [packed] = JSON.parse(npm(root, "pack", "--ignore-scripts", "--json", "--pack-destination", folder));

/** The packed package, and the paths of its files. */
export const tarball = join(folder, packed.filename);
export const contents = packed.files.map(({ path }) => path);

writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
npm(folder, "install", tarball, "--offline", "--no-audit", "--no-fund", "--ignore-scripts");

/**
 * Makes a project of `apps/`.
 *
 * @param {string} app
 * @param {string} [name] of its folder, if an app is used several times
 * @returns {string} its folder
 */
export function createProject(app, name = app) {
  const project = join(folder, name);
  // The links of node_modules/.bin are copied as links, since their targets are copied too.
  cpSync(join(apps, app), project, { recursive: true, verbatimSymlinks: true });
  for (const file of ["predict.js", "show.js"]) cpSync(join(apps, file), join(project, file));
  return project;
}
