import { dirname } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";

/**
 * Starts a Worker in workerd, on a free port of 127.0.0.1.
 * @param {{ entry?: string, source?: string, resolveDir?: string }} from a file, or a source text with the folder its imports are relative to
 * @param {import("miniflare").MiniflareOptions} options
 */
export async function startWorker({ entry, source, resolveDir, alias }, options) {
  const folder = resolveDir ?? dirname(entry);
  const { outputFiles } = await build({
    ...(entry ? { entryPoints: [entry] } : { stdin: { contents: source, resolveDir, loader: "js" } }),
    bundle: true,
    format: "esm",
    write: false,
    alias,
    external: ["cloudflare:workers"],
    // As Cloudflare's own bundler has them: a file of WebAssembly stays one, and is compiled before the start.
    outdir: folder,
    conditions: ["workerd"],
    loader: { ".wasm": "copy" },
  });
  const modules = outputFiles.map(({ path, contents }) => ({ type: path.endsWith(".js") ? "ESModule" : "CompiledWasm", path, contents }));
  // The first one is started.
  modules.sort((one, other) => (other.type === "ESModule") - (one.type === "ESModule"));
  const worker = new Miniflare({
    modulesRoot: folder,
    modules,
    compatibilityDate: "2026-04-01",
    // Without it a Worker only hears of a caller who left when it next writes to it.
    compatibilityFlags: ["enable_request_signal"],
    host: "127.0.0.1",
    port: 0,
    ...options,
  });
  const close = () => worker.dispose();
  try {
    const { origin } = await worker.ready;
    return { origin, close };
  } catch (error) {
    // One that does not start would keep the tests from ending.
    await close();
    throw error;
  }
}
