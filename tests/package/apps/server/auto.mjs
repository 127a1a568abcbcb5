import { ReplicateHome } from "replicate-wasm/auto";
import { predict } from "./predict.js";

if (ReplicateHome.models.length === 0) throw new Error("The package is not loaded");
const { text, bytes } = await predict(process.argv[2]);
console.log(JSON.stringify({ text, bytes }));
