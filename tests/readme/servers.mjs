// Examples that need no page.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startCog } from "../cog/server.mjs";
import { root } from "./blocks.mjs";

const execute = promisify(execFile);
const node = (code, cwd) => execute(process.execPath, ["--input-type=module", "--eval", code], { cwd });

export const servers = {
  install: [
    "npm installs the package, and it is there by its name",
    async (t, code) => {
      const folder = await mkdtemp(join(tmpdir(), "replicate-wasm-"));
      t.after(() => rm(folder, { recursive: true }));
      const env = { ...process.env, npm_config_offline: "true", npm_config_audit: "false", npm_config_fund: "false" };
      const { stdout } = await execute("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], { cwd: root, env });
      const [{ name, filename }] = JSON.parse(stdout);
      const [command, ...args] = code.trim().split(" ");
      assert.equal(args.at(-1), name);
      await execute(command, [...args.slice(0, -1), `./${filename}`], { cwd: folder, env });
      const { stdout: models } = await node(`import { ReplicateHome } from "${name}"; console.log(ReplicateHome.models.length);`, folder);
      assert.equal(models, "4\n");
    },
  ],
  cog: [
    "a Cog server in five lines",
    async (t, code) => {
      const cog = await startCog({ runner: "text" });
      t.after(() => cog.stop());
      assert.ok(code.trim().split("\n").filter(Boolean).length <= 5);
      const { stdout } = await node(code.replace("http://127.0.0.1:5000", cog.url), root);
      assert.ok(stdout.split("\n").length > 5);
    },
  ],
};
