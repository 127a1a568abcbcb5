// Directives: words in square brackets inside a prompt that make one prediction misbehave. Their table is in index.js.

/** Which part of the traffic a fault of the transport can hit: `[500@get]`. */
const ROUTES = "create|get|stream|cancel";

/** Faults of the transport; all others change the prediction's own life. */
const TRANSPORT = "429|500|delay|drop|cut|html|text-json";
const LIFE = "fail|hang|null|cold|slow|canceled|aborted|no-stream|no-ids|restart|drop-stream|end-stream";

const DIRECTIVE = new RegExp(`\\[(${TRANSPORT}|${LIFE})(?:@(${ROUTES}))?(?::\\s*([^\\]]*))?\\]`, "g");
const IS_TRANSPORT = new RegExp(`^(${TRANSPORT})$`);

/**
 * @typedef {{ name: string, route: string, argument: string | undefined }} Fault a fault of the transport
 * @typedef {{ faults: Fault[], life: Map<string, string> }} Directives `life` maps a directive's name to its argument, "" without one
 */

/**
 * @param {Record<string, unknown>} input a prediction's; `prompt` and `text` are searched
 * @param {string[]} [always] directives for every prediction, without the brackets
 * @returns {Directives}
 */
export function readDirectives(input, always = []) {
  const text = [...always.map((directive) => `[${directive}]`), input.prompt, input.text]
    .filter((part) => typeof part === "string")
    .join(" ");
  const faults = [];
  const life = new Map();
  for (const [, name, route = "create", argument] of text.matchAll(DIRECTIVE)) {
    if (IS_TRANSPORT.test(name)) faults.push({ name, route, argument });
    else life.set(name, argument ?? "");
  }
  return { faults, life };
}

/**
 * @param {string} directive without its brackets
 * @throws {TypeError} for one that means nothing, which would be a fault that never comes
 */
export function checkDirective(directive) {
  if (`[${directive}]`.replace(DIRECTIVE, "") !== "") throw new TypeError(`The sandbox knows no fault "${directive}"`);
}

/**
 * The prompt as the model sees it.
 *
 * @param {string} prompt
 * @returns {string}
 */
export function withoutDirectives(prompt) {
  return prompt.replace(DIRECTIVE, "").trim();
}
