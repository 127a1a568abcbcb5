// Directives: words in square brackets that make one prediction misbehave. index.js lists them all.

/** The requests that a transport fault can hit: `[500@get]`. */
const ROUTES = "create|get|stream|cancel";

/** Directives for faults of the transport. */
const TRANSPORT = "429|500|delay|drop|cut|html|text-json";
/** Directives that change the prediction itself. */
const LIFE =
  "fail|hang|null|cold|slow|canceled|aborted|no-stream|no-ids|restart|drop-stream|end-stream|retry-after";

const DIRECTIVE = new RegExp(`\\[(${TRANSPORT}|${LIFE})(?:@(${ROUTES}))?(?::\\s*([^\\]]*))?\\]`, "g");
const IS_TRANSPORT = new RegExp(`^(${TRANSPORT})$`);

/**
 * @typedef {{ name: string, route: string, argument: string | undefined }} Fault a transport fault
 * @typedef {{ faults: Fault[], life: Map<string, string> }} Directives `life` maps a directive's name to its argument, "" without one
 */

/** The request header that gives directives to the prediction it creates, without a word in the prompt. */
export const DIRECTIVES_HEADER = "Sandbox-Directives";

/**
 * @param {Record<string, unknown>} input of a prediction; `prompt` and `text` are searched
 * @param {string[]} [always] directives for every prediction, without the brackets
 * @param {string | null} [header] the value of `Sandbox-Directives`, with the brackets
 * @returns {Directives}
 */
export function readDirectives(input, always = [], header = null) {
  const text = [...always.map((directive) => `[${directive}]`), header, input.prompt, input.text]
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
 * @throws {TypeError} for an unknown directive: a misspelt one would do nothing, and nobody would notice
 */
export function checkDirective(directive) {
  if (`[${directive}]`.replace(DIRECTIVE, "") === "") return;
  const names = `${TRANSPORT}|${LIFE}`.replaceAll("|", ", ");
  throw new TypeError(`createSandbox: faults must be a list of directives; "${directive}" is none, choose from ${names}.`);
}

/**
 * The prompt that the model gets.
 *
 * @param {string} prompt
 * @returns {string}
 */
export function withoutDirectives(prompt) {
  return prompt.replace(DIRECTIVE, "").trim();
}
