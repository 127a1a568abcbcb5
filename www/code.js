/** The code of a request, as a person would write it: one part for the page, one for the server. */
import { headersOf, inputOf, messagesOf } from "./calls.js";
import { button, copy, element } from "./element.js";

/** The inspector is narrow. */
const longestLiteral = 36;

/** @param {import("./backend.js").Backend} backend @param {import("./calls.js").Job} job @returns {string} a module */
export function pageCode(backend, job) {
  const { className, setUp, call, item, show } = callOf(backend, job);
  return `import init, { ${className} } from "replicate-wasm";

await init();
${setUp}const stream = ${call};

for await (const ${item} of stream) {
${show.map((line) => `  ${line}\n`).join("")}}
`;
}

/** @returns {string} a program for Node */
export function serverCode({ kind, base, server }, { model, input }) {
  const listen = (handler) => `createServer(${handler}).listen(8787);\n`;
  if (kind === "cog") {
    return `import { createServer, request } from "node:http";
import { pipeline } from "node:stream";

// A Cog server lets no page ask it: this one passes the requests on.
${listen(`(req, res) => {
  const path = req.url.replace(/^\\/cog/, "");
  const options = { method: req.method, headers: req.headers };
  const upstream = request(${JSON.stringify(server)} + path, options, (answer) => {
    res.writeHead(answer.statusCode, answer.headers);
    pipeline(answer, res, () => {});
  });
  upstream.on("error", () => res.destroy());
  res.on("close", () => upstream.destroy());
  req.pipe(upstream);
}`)}`;
  }
  if (kind === "sandbox") {
    return `import { createServer } from "node:http";
import { toNodeHandler } from "replicate-wasm/relay";
import { createSandbox } from "replicate-wasm/sandbox";

// Answers below ${base}. With a token: createRelay.
const handler = toNodeHandler(createSandbox());
${listen("handler")}`;
  }
  const files = Object.values(input).flat().some((value) => value instanceof File);
  return `import { createServer } from "node:http";
import { createRelay, toNodeHandler } from "replicate-wasm/relay";

// Reads REPLICATE_API_TOKEN from the environment.
const relay = createRelay({
  models: [${JSON.stringify(model.name)}],${files ? '\n  allow: ["files"],' : ""}
  authorize: () => "me", // your login here
});
${listen("toNodeHandler(relay)")}`;
}

function callOf({ base }, job) {
  const { model, protocol, input } = job;
  const headers = headersOf(job);
  const withHeaders = Object.keys(headers).length ? { headers } : {};
  const { literals, setUp } = liftFiles(protocol === "home" ? input : inputOf(job));
  const isText = model.gives !== "files";
  if (protocol === "home") {
    const inputs = Object.keys(input).length ? { input: literals } : {};
    const options = { model: model.name, messages: messagesOf(job), proxy: base, ...inputs, ...withHeaders };
    const call = `ReplicateHome.createAsyncGenerator(${literal(options)})`;
    const [item, show] = isText ? ["text", showText] : ["picture", showPicture("picture.url")];
    return { className: "ReplicateHome", setUp, call, item, show };
  }
  const isCog = protocol === "cog";
  const [className, name] = isCog ? ["Cog", "cog"] : ["Replicate", "client"];
  const made = `const ${name} = new ${className}(${literal({ baseUrl: isCog ? base : `${base}/v1`, ...withHeaders })});\n`;
  const first = isCog ? "" : `${JSON.stringify(model.reference)}, `;
  const call = `${name}.${isText ? "streamText" : "stream"}(${first}${literal({ input: literals })})`;
  const [item, show] = isText ? ["text", showText] : ["{ event, data }", ['if (event !== "output") continue;', ...showPicture("data.url()")]];
  return { className, setUp: setUp + made, call, item, show };
}

const showText = ["document.body.append(text);"];
const showPicture = (url) => ["const image = new Image();", `image.src = ${url};`, "document.body.append(image);"];

/** A placeholder in the code for a value that has no literal, such as a file. */
class Name {
  constructor(text) {
    this.text = text;
  }
}

/** The code reads files from a file field. */
function liftFiles(input) {
  const names = [];
  const lift = (value) => {
    if (!(value instanceof File)) return Array.isArray(value) ? value.map(lift) : value;
    names.push(names.length ? `file${names.length + 1}` : "file");
    return new Name(names.at(-1));
  };
  const literals = Object.fromEntries(Object.entries(input).map(([name, value]) => [name, lift(value)]));
  const setUp = names.length ? `const [${names.join(", ")}] = document.querySelector("input[type=file]").files;\n` : "";
  return { literals, setUp };
}

/** A value as a JavaScript literal, on one line if it is short enough. */
function literal(value, indent = "") {
  if (value instanceof Name) return value.text;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const isList = Array.isArray(value);
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  const write = (inner, gap) =>
    isList
      ? value.map((one) => literal(one, inner))
      : Object.entries(value).map(([key, one]) => {
          const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
          return one instanceof Name && one.text === name ? name : `${name}:${gap}${literal(one, inner)}`;
        });
  const short = write("", " ").join(", ");
  if (short.length === 0) return open + close;
  if (!short.includes("\n") && short.length + indent.length <= longestLiteral) return isList ? `[${short}]` : `{ ${short} }`;
  const inner = `${indent}  `;
  return `${open}\n${write(inner, " ").map((line) => `${inner}${line},\n`).join("")}${indent}${close}`;
}

/** Both parts, to be looked at and copied. @returns {DocumentFragment} */
export function showCode(backend, job) {
  const fragment = document.createDocumentFragment();
  for (const [title, text] of [
    ["In the page", pageCode(backend, job)],
    ["On the server", serverCode(backend, job)],
  ]) {
    const copier = button("Copy", () => copy(text, copier), { "aria-label": `Copy: ${title}` });
    fragment.append(
      element("figure.code", {}, element("figcaption", {}, title, copier), element("pre", { tabIndex: 0, "aria-label": title }, element("code", {}, ...highlight(text)))),
    );
  }
  return fragment;
}

const words = /(?<comment>\/\/.*)|(?<string>"(?:[^"\\]|\\.)*"|`[^`]*`)|(?<keyword>\b(?:import|from|await|const|new|for|of|if|continue|return)\b)|(?<number>\b\d[\d_.]*\b)/g;

/** Highlights the code. */
function* highlight(text) {
  let at = 0;
  for (const match of text.matchAll(words)) {
    const [kind] = Object.entries(match.groups).find(([, value]) => value !== undefined);
    yield text.slice(at, match.index);
    yield element(`span.${kind}`, {}, match[0]);
    at = match.index + match[0].length;
  }
  yield text.slice(at);
}
