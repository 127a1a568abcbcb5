/** The card of a question. */
import { element } from "./element.js";
import { faults } from "./faults.js";
import { nameOfFile } from "./schema-form.js";

/** @param {import("./calls.js").Job} job @returns {HTMLElement} */
export function showQuestion({ model, text, input, directives }) {
  const shown = element("article.question", { "aria-label": "Your message" });
  shown.append(text ? element("p", { dir: "auto" }, text) : element("code", {}, shorten(JSON.stringify(input))));
  const files = model.inputs.filter(({ kind }) => kind === "file" || kind === "files").flatMap(({ name }) => input[name] ?? []);
  shown.append(...files.map(showFile));
  const fault = faults.find((one) => one.directives === directives);
  if (fault) shown.append(element("p.quiet", {}, `Break it: ${fault.label.toLowerCase()}`));
  return shown;
}

const shorten = (text) => (text.length > 300 ? `${text.slice(0, 300)} …` : text);

/** @param {File | string} file */
function showFile(file) {
  const alt = nameOfFile(file);
  if (typeof file === "string") return element("img", { src: file, alt });
  return file.type.startsWith("image/") ? element("img", { src: URL.createObjectURL(file), alt }) : element("p.quiet", {}, alt);
}
