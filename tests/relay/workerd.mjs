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
    // Like Cloudflare's bundler: a WebAssembly file is a compiled module.
    outdir: folder,
    conditions: ["workerd"],
    loader: { ".wasm": "copy" },
  });
  const modules = outputFiles.map(({ path, contents }) => ({ type: path.endsWith(".js") ? "ESModule" : "CompiledWasm", path, contents }));
  // The first worker is the entry.
  modules.sort((one, other) => (other.type === "ESModule") - (one.type === "ESModule"));
  const worker = new Miniflare({
    modulesRoot: folder,
    modules,
    compatibilityDate: "2026-04-01",
    // Without it a Worker notices only at its next write that a caller has left.
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
    // A runtime that does not start would keep the tests from ending.
    await close();
    throw error;
  }
}
