/**
 * What the build changes in the JavaScript that wasm-bindgen writes, besides names.
 *
 * Each change names the very text it replaces, so that a new wasm-bindgen cannot slip through unnoticed.
 * The sizes that they save stand in tests/bench/README.md.
 */
import { replace } from "./exact.mjs";

const UNLOADED = "replicate-wasm is not loaded yet: await init() first";

const CHANGES = [
  // The file is not in the package: its own types are written by hand.
  ['/* @ts-self-types="./replicate.d.ts" */\n', ""],

  // Use before init(): every use of the module until then throws the sentence.
  [
    "let wasmModule, wasmInstance, wasm;\nfunction __wbg_finalize_init(instance, module) {\n    wasmInstance = instance;\n    wasm = instance.exports;\n    wasmModule = module;\n    cachedDataViewMemory0 = null;\n    cachedUint8ArrayMemory0 = null;\n    wasm.__wbindgen_start();\n    return wasm;\n}\n",
    `let wasm = new Proxy({}, { get() { throw new Error(${JSON.stringify(UNLOADED)}); } });\nfunction setInstance(instance) {\n    wasm = instance.exports;\n    wasm.__wbindgen_start();\n}\n`,
  ],
  // load.js loads the module.
  [/async function __wbg_load\([^]*export \{ initSync, __wbg_init as default \};/g, "/** Throws where the module is not loaded. */\nconst loaded = () => void wasm.memory;\n\nexport { __wbg_get_imports as getImports, loaded, setInstance };"],

  // Every engine has it that the package works in.
  [/if \(!\('encodeInto' in cachedTextEncoder\)\) \{\n[^]*?\n\}\n/g, ""],

  // Workers of an older compatibility date have no FinalizationRegistry; one stand-in is enough for all.
  [
    /\(typeof FinalizationRegistry === 'undefined'\)\n    \? \{ register: \(\) => \{\}, unregister: \(\) => \{\} \}\n    : new FinalizationRegistry\(/g,
    "new Registry(",
    2,
  ],
  [
    "const DriverFinalization =",
    "const Registry = globalThis.FinalizationRegistry ?? class { register() {} unregister() {} };\nconst DriverFinalization =",
  ],

  // There is one allocator, and it can always move what it has.
  ["function passStringToWasm0(arg, malloc, realloc) {\n", "function passStringToWasm0(arg) {\n"],
  [/    if \(realloc === undefined\) \{\n[^}]*\n    \}\n\n/g, ""],
  [", wasm.__wbindgen_malloc, wasm.__wbindgen_realloc)", ")", Infinity],
  ["let ptr = malloc(len, 1)", "let ptr = wasm.__wbindgen_malloc(len, 1)"],
  ["ptr = realloc(", "ptr = wasm.__wbindgen_realloc(", 2],

  // The memory is never shared: a view of a buffer that was replaced by a larger one is all there is to see.
  [
    "cachedDataViewMemory0 === null || cachedDataViewMemory0.buffer.detached === true || (cachedDataViewMemory0.buffer.detached === undefined && cachedDataViewMemory0.buffer !== wasm.memory.buffer)",
    "cachedDataViewMemory0?.buffer !== wasm.memory.buffer",
  ],
];

/** The glue with all changes made. */
export const change = (glue) => CHANGES.reduce((text, [from, to, times]) => replace(text, from, to, times), glue);
