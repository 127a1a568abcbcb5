/** The examples of the empty page, each of which runs with one click. */
import { button, byId, element } from "./element.js";
import { findFault } from "./faults.js";
import { firstModel } from "./models.js";

const poem = "Write a short poem about spring.";

/** `directives` are for the sandbox. At a quarter of its speed a user can watch the polls. */
const examples = [
  { title: "Stream a poem", icon: "M3 5h14M3 10h14M3 15h8", hint: "Word by word, as the model writes it.", model: firstModel, protocol: "replicate", text: poem },
  {
    title: "A poem by polling every 5 s",
    icon: "M10 5.5V10l3 2M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0",
    hint: "ReplicateHome: the original provider's protocol.",
    model: "google-deepmind/gemma-2b-it",
    protocol: "home",
    text: poem,
    directives: "[slow: 4]",
  },
  {
    title: "Four pictures",
    icon: "M3 3h5.5v5.5H3zM11.5 3H17v5.5h-5.5zM3 11.5h5.5V17H3zM11.5 11.5H17V17h-5.5z",
    hint: "Each shown as soon as it is there.",
    model: "black-forest-labs/flux-schnell",
    protocol: "replicate",
    text: "A beautiful landscape with mountains and a lake.",
    input: { num_outputs: 4 },
  },
  {
    title: "Break the connection",
    icon: "M2.5 10h4l2-4M11.5 14l2-4h4M9 2.5l2 15",
    hint: "It is taken up again, without a word lost or twice.",
    model: firstModel,
    protocol: "replicate",
    text: "Write a long poem about the sea.",
    directives: findFault("drop").directives,
    needsSandbox: true,
  },
];

const invitations = {
  sandbox: "Try one of these, or write a message. Nothing leaves this machine, and what the models say is made up.",
  relay: "Try one of these, or write a message. Predictions run on your account.",
  cog: "Write a message to your own model.",
};

/**
 * @param {import("./backend.js").Backend} backend
 * @param {string[]} names of the models
 * @param {(example: object) => void} run
 */
export function showExamples({ kind }, names, run) {
  byId("welcome").querySelector("p").textContent = invitations[kind];
  const shown = examples.filter(({ model, needsSandbox }) => names.includes(model) && (kind === "sandbox" || !needsSandbox));
  for (const { title, hint, icon, directives, ...order } of shown) {
    const made = button("", () => run({ ...order, directives: kind === "sandbox" ? directives : undefined }));
    made.append(drawing(icon), element("strong", {}, title), element("span", {}, hint));
    byId("examples").append(element("li", {}, made));
  }
}

/** @param {string} path in a square of 20 */
function drawing(path) {
  const make = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const svg = make("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" });
  svg.append(make("path", { d: path }));
  return svg;
}
