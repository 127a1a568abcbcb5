const { ReplicateHome } = require("replicate-wasm");
const { predict } = require("./predict.js");

if (ReplicateHome.models.length === 0) throw new Error("The package is not loaded");
predict(process.argv[2]).then(({ text, bytes }) => console.log(JSON.stringify({ text, bytes })));
