/** The memory of the wasm modules of this page. Imported before them: it sees each as it is made. */

const memories = [];
const { instantiate } = WebAssembly;

WebAssembly.instantiate = async (...args) => {
  const made = await instantiate(...args);
  const { exports } = made.instance ?? made;
  memories.push(...Object.values(exports).filter((value) => value instanceof WebAssembly.Memory));
  return made;
};

export const wasmBytes = () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
