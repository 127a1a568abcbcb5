import { caller } from "./call.js";
import { encodeInput } from "./inputs.js";
import * as kinds from "./kinds.js";
import { baseUrl, invalid, option, optionsObject } from "./options.js";
import { COG, EVENTS, SNAPSHOTS, TEXT } from "./platform.js";

/** A new id: as many letters as Replicate's own ids have. Pages that are not secure have no `randomUUID`. */
const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(26)), (byte) => ((byte % 26) + 10).toString(36)).join("");

/** A Cog model server of one's own: the same streams and results, without an account. */
export class Cog {
  #calls;

  constructor(options) {
    options = optionsObject(options);
    this.baseUrl = baseUrl(options, "baseUrl");
    if (!this.baseUrl) throw invalid("The option baseUrl is needed: the URL of a Cog server");
    const encode = (input, { signal }) => encodeInput(input, { strategy: "data-uri", signal });
    this.#calls = caller(options, encode, { protocol: COG, base: this.baseUrl });
  }

  /** Runs the model to its end; resolves to its output. */
  async run(options) {
    return this.#calls.output(this.#call(options, SNAPSHOTS));
  }

  /** Runs the model, its events as they come. */
  stream(options) {
    return this.#call(options, EVENTS);
  }

  /** Runs the model, the text of its output as it comes. */
  streamText(options) {
    return this.#call(options, TEXT);
  }

  /** How the server is. */
  async health(options) {
    const { signal } = optionsObject(options);
    return (await this.#calls.request("/health-check", "GET", { signal })).json();
  }

  #call(options, goal) {
    return this.#calls.predict(options, goal, (options) => {
      return { id: option(options, "id", kinds.ID, newId()) };
    });
  }
}
