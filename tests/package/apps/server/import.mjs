import { predict } from "./predict.js";

const { text, bytes } = await predict(process.argv[2]);
console.log(JSON.stringify({ text, bytes }));
