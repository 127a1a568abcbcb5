/** Not Rust: the main entry, initialised when the import resolves. On servers that is the main entry itself. */

import init from "./index.js";

await init();

export * from "./index.js";
export { default } from "./index.js";
