import { EVENTS, SNAPSHOTS, TEXT, limits, only, outputOf, settle, streamOf, toData } from "./call.js";
import { encodeInput } from "./web/inputs.js";
import { baseUrl, invalid, option, optionsObject, transport } from "./web/options.js";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

/** A new id: 26 characters of base32, as Replicate's own ids are. Pages that are not secure have no `randomUUID`. */
const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(26)), (byte) => ALPHABET[byte & 31]).join("");

/** A Cog model server of one's own: the same streams and results, without an account. */
export class Cog {
  #settings;
  #transport;
  #useFileOutput;

  constructor(options) {
    options = optionsObject(options);
    this.baseUrl = baseUrl(options, "baseUrl");
    if (!this.baseUrl) throw invalid("The option baseUrl is needed: the address of a Cog server, such as http://127.0.0.1:5000");
    this.#settings = { base: this.baseUrl, cog: 1, ...limits(options) };
    this.#transport = transport(options);
    this.#useFileOutput = option(options, "useFileOutput", "boolean", true);
  }

  /** Runs the model to its end; resolves to its output. */
  async run(options) {
    const stream = streamOf(() => this.#call(options, SNAPSHOTS));
    return outputOf(await settle(stream), this.#useFileOutput, this.#transport.fetch);
  }

  /** Runs the model, its events as they come. */
  stream(options) {
    return streamOf(() => this.#call(options, EVENTS));
  }

  /** Runs the model, the text of its output as it comes. */
  streamText(options) {
    return streamOf(() => this.#call(options, TEXT));
  }

  /** How the server is. */
  async health(options) {
    const { signal } = optionsObject(options);
    const call = { ...this.#settings, cog: undefined, route: "/health-check", method: "GET", goal: SNAPSHOTS };
    const stream = streamOf(() => [call, option({ signal }, "signal", "signal"), { ...this.#transport, raw: { signal } }]);
    return (await only(stream)).json();
  }

  #call(options, goal) {
    options = optionsObject(options);
    const input = option(options, "input", "object");
    if (input === undefined) throw invalid("The option input is needed");
    const id = option(options, "id", "string", newId());
    // The server uses it as the name of a folder, and a long one costs it a slot for ever.
    if (!/^[\w-]{1,64}$/.test(id)) throw invalid("The option id must be 1 to 64 letters, digits, - and _");
    const signal = option(options, "signal", "signal");
    const leave = option(options, "cancelOnBreak", "boolean", true) ? { cancelOnBreak: 1 } : {};
    const body = async () => ({ input: await encodeInput(input, { strategy: "data-uri", signal }) });
    const { fetch } = this.#transport;
    return [
      { ...this.#settings, ...limits(options, this.#settings), ...leave, id, goal },
      signal,
      { ...this.#transport, body, toData: toData(this.#useFileOutput, fetch) },
    ];
  }
}
