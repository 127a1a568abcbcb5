/**
 * One or two letters for all that the wasm and its glue import and export from each other.
 *
 * wasm-bindgen writes names such as `__wbg_exchange_2a4d9148b8a4e8df`, twice: here and there. wasm-opt
 * shortens them in the wasm and says which became which; the glue follows, or the build fails.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { replace } from "./exact.mjs";
import { output, stop } from "./setup.mjs";

/** The name by which the wasm knows the part of the glue that is not one of the package's own files. */
const GLUE = "./replicate_bg.js";

/**
 * What wasm-opt does; what each is worth stands in tests/bench/README.md. The first 1,024 bytes of the memory are the
 * far end of the stack, so that addresses and offsets may be joined.
 */
const PASSES = [
  "--low-memory-unused",
  "--one-caller-inline-max-function-size=100",
  "--always-inline-max-function-size=6",
  "--flatten",
  "--rereloop",
  "-O3",
  "-Oz",
  "--reorder-functions-by-name",
  "--strip-producers",
];

/** Shortens the names in a folder's module; returns its glue with the same names. */
export function shorten(folder, glue) {
  const wasm = join(folder, "replicate_bg.wasm");
  dropUnused(wasm, glue);
  const printed = output("wasm-opt", wasm, "-o", wasm, ...PASSES, "--minify-imports-and-exports-and-modules", "--strip-target-features");
  if (printed === undefined) stop("wasm-opt could not shorten the names of imports and exports.");
  const { imports, exports } = JSON.parse(printed);
  return renameExports(foldImports(glue, imports), new Map(exports));
}

/** Takes out of the module what is exported for a glue that has everything, and what only that reaches. */
function dropUnused(wasm, glue) {
  const used = [...new Set([...glue.matchAll(/\bwasm\.(\w+)/g)].map(([, name]) => name))];
  const graph = `${wasm}.graph`;
  const nodes = used.map((name) => ({ name, export: name }));
  writeFileSync(graph, JSON.stringify([{ name: "glue", root: true, reaches: used }, ...nodes]));
  if (output("wasm-metadce", wasm, "-g", "--graph-file", graph, "-o", wasm) === undefined) stop("wasm-metadce could not take out what is unused.");
  rmSync(graph);
}

/** Makes one object of all imports: wasm-opt has put them into one module, `a`. */
function foldImports(glue, imports) {
  const own = [];
  for (const [module, name, short] of imports) {
    if (module === GLUE) glue = replace(glue, `\n        ${name}: function(`, `\n        ${short}(`);
    else own.push([module, name, short]);
  }
  // Functions of the package's own files are imported by the wasm as they are.
  const files = [...new Set(own.map(([module]) => module))];
  const from = files.map((file) => `import * as ${variable(file)} from ${JSON.stringify(`./${base(file)}`)};\n`);
  const lines = own.map(([module, name, short]) => `        ${short}: ${variable(module)}.${name},\n`);
  glue = glue.replace(/^import \* as import\d+ from .*\n/gm, "");
  glue = replace(glue, "function __wbg_get_imports() {", `${from.join("")}\nfunction __wbg_get_imports() {`);
  glue = replace(glue, "const import0 = {\n        __proto__: null,\n", "const import0 = {\n");
  return replace(glue, / {4}\};\n {4}return \{\n {8}__proto__: null,\n(?: {8}".*": import\d+,\n)+ {4}\};/g, `${lines.join("")}    };\n    return { a: import0 };`);
}

const base = (module) => module.split("/").at(-1);
const variable = (module) => base(module).replace(".js", "Exports");

function renameExports(glue, names) {
  return glue.replace(/\bwasm\.(\w+)/g, (_, name) => `wasm.${names.get(name) ?? stop(`The glue uses ${name}, which the wasm does not export.`)}`);
}
