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
  [/let wasmModule, wasmInstance, wasm;\nfunction __wbg_finalize_init\([^]*?\n\}\n/g, `let wasm = new Proxy({}, { get() { throw new Error(${JSON.stringify(UNLOADED)}); } });\n`],
  // load.js loads the module.
  [/async function __wbg_load\([^]*export \{ initSync, __wbg_init as default \};/g, "/** Throws where the module is not loaded. */\nconst loaded = () => void wasm.memory;\n\nexport { __wbg_get_imports as getImports, loaded, setInstance };"],

  // Every engine has it that the package works in.
  [/if \(!\('encodeInto' in cachedTextEncoder\)\) \{\n[^]*?\n\}\n/g, ""],

  // host.js frees a driver when its stream is over or let go of, and the driver its timer: no registry has to watch them.
  [/    DriverFinalization\.(?:un)?register\(.*\);\n/g, "", 2],
  [/const DriverFinalization = [^;]*;\n/g, ""],
  [/ {12}CLOSURE_DTORS\.unregister\(state\);\n| {4}CLOSURE_DTORS\.register\(real, state, state\);\n/g, "", 2],
  [/const CLOSURE_DTORS = [^;]*;\n/g, ""],
  ["if (Symbol.dispose) Driver.prototype[Symbol.dispose] = Driver.prototype.free;\n", ""],
  ["const ret = wasm.driver_new(", "this.__wbg_ptr = wasm.driver_new("],
  [/ {8}this\.__wbg_ptr = ret;\n *return this;\n/g, ""],
  [/    __destroy_into_raw\(\) \{\n[^}]*\}\n/g, ""],
  ["        const ptr = this.__destroy_into_raw();\n        wasm.__wbg_driver_free(ptr, 0);\n", "        wasm.__wbg_driver_free(this.__wbg_ptr, 0);\n"],

  // A timer can always be set.
  [/function\(\) \{ return handleError\(function (?=\(arg0, arg1\) \{\n *const ret = setTimeout\()/g, "function"],
  [/(?<=setTimeout\(getObject\(arg0\), arg1\);\n *return addHeapObject\(ret\);\n *\}), arguments\); \}/g, ""],
  [/function handleError\([^]*?\n\}\n/g, ""],

  // What goes into the module as a text is short, and what goes into it at all is an answer to it: bytes, or none.
  [/function passStringToWasm0\(arg, malloc, realloc\) \{\n[^]*?\n\}\n/g, ""],
  [
    /function passArray8ToWasm0\(arg, malloc\) \{\n[^]*?\n\}\n/g,
    `function answer(at, bytes) {
    const ptr = wasm.__wbindgen_malloc(bytes.length, 1);
    getArrayU8FromWasm0(ptr, bytes.length).set(bytes);
    getDataViewMemory0().setInt32(at, ptr, true);
    getDataViewMemory0().setInt32(at + 4, bytes.length, true);
}
`,
  ],
  ["let WASM_VECTOR_LEN = 0;\n", ""],
  [/const ptr1 = passArray8ToWasm0\(ret, .*\n.* = WASM_VECTOR_LEN;\n(?:.*\.setInt32\(.*\n){2}/g, "answer(arg0, ret);\n"],
  // host.js has undefined for none, and never null.
  [
    /var ptr1 = isLikeNone\(ret\) \? 0 : passStringToWasm0\(ret, .*\n.* = WASM_VECTOR_LEN;\n(?:.*\.setInt32\(.*\n){2}/g,
    "if (ret === undefined) getDataViewMemory0().setInt32(arg0, 0, true);\n            else answer(arg0, cachedTextEncoder.encode(ret));\n",
  ],
  [/function isLikeNone\(x\) \{\n[^}]*\}\n/g, ""],

  // What comes out of it too: Safari's decoder fails after 2 GiB, and the text of streams has one of its own.
  [/let cachedTextDecoder = [^]*?\nfunction decodeText\(ptr, len\) \{\n[^]*?\n\}\n/g, 'const cachedTextDecoder = new TextDecoder("utf-8", { ignoreBOM: true });\n'],
  ["    return decodeText(ptr >>> 0, len);\n", "    return cachedTextDecoder.decode(getArrayU8FromWasm0(ptr, len));\n"],

  // A view costs less than to see whether an older one is still good.
  [/let cachedDataViewMemory0 = null;\nfunction getDataViewMemory0\(\) \{\n[^]*?\n\}\n/g, "const getDataViewMemory0 = () => new DataView(wasm.memory.buffer);\n"],
  [/let cachedUint8ArrayMemory0 = null;\nfunction getUint8ArrayMemory0\(\) \{\n[^]*?\n\}\n/g, ""],
  [/function getArrayU8FromWasm0\(ptr, len\) \{\n[^]*?\n\}\n/g, "const getArrayU8FromWasm0 = (ptr, len) => new Uint8Array(wasm.memory.buffer, ptr >>> 0, len);\n"],
];

/** Where objects of the host are in a list: few are held at a time, and none of the constants in its first places. */
const LIST = [
  [/function addHeapObject\(obj\) \{\n[^]*?\n\}\n/g, "function addHeapObject(obj) {\n    heap.set(++lastObject, obj);\n    return lastObject;\n}\n"],
  [/function dropObject\(idx\) \{\n[^]*?\n\}\n/g, ""],
  ["function getObject(idx) { return heap[idx]; }", "function getObject(idx) { return heap.get(idx); }"],
  [/let heap = new Array[^]*?let heap_next = heap\.length;\n/g, "const heap = new Map();\nlet lastObject = 0;\n"],
  ["    dropObject(idx);\n", "    heap.delete(idx);\n"],
  ["export { __wbg_get_imports", "/** Takes the module into use. */\nfunction setInstance(instance) {\n    wasm = instance.exports;\n}\n\nexport { __wbg_get_imports"],
];

/** Where they are in a table of the module, as without the source of the standard library (compile.mjs): it is made first. */
const TABLE = [
  ["export { __wbg_get_imports", "/** Takes the module into use. */\nfunction setInstance(instance) {\n    wasm = instance.exports;\n    wasm.__wbindgen_start();\n}\n\nexport { __wbg_get_imports"],
];

/** The glue with all changes made. */
export function change(glue) {
  const changes = [...CHANGES, ...(glue.includes("let heap = new Array") ? LIST : TABLE)];
  return changes.reduce((text, [from, to, times]) => replace(text, from, to, times), glue);
}
