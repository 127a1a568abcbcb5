import { begin } from "./call.js";
import { models } from "./replicate.js";
import { ReplicateError } from "./error.js";
import { ImageResponse } from "./files.js";
import * as kinds from "./kinds.js";
import { readMessages } from "./messages.js";
import { baseUrl, invalid, option, transport } from "./options.js";
import { HOMEPAGE, POLL, TEXT, WHOLE } from "./platform.js";

/** What the original sends beside; a browser sets its own and forbids setting them. */
const native = {
  origin: "https://replicate.com",
  referer: "https://replicate.com/",
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
};

const base = "https://homepage.replicate.com";
/** The core's table: name, alias, version, and "image" for a model of images. */
let rows;
const table = () => (rows ??= models().trim().split("\n").map((line) => line.split(" ")));
const names = (wanted) => table().filter(wanted).map(([name]) => name);

/** The provider: Replicate's homepage protocol. Its models and what it asks are the core's. */
export class ReplicateHome {
  static url = "https://replicate.com";
  static apiEndpoint = `${base}/api/prediction`;
  /** The public endpoint was withdrawn in January 2025; a relay stands in for it. */
  static working = false;
  static supportsStream = true;

  static get defaultModel() {
    return ReplicateHome.models[0];
  }

  static get defaultImageModel() {
    return ReplicateHome.imageModels[0];
  }

  static get imageModels() {
    return names(([, , , image]) => image);
  }

  static get textModels() {
    return names(([, , , image]) => !image);
  }

  static get models() {
    return names(() => true);
  }

  static get modelAliases() {
    return Object.fromEntries(table().map(([name, alias]) => [alias, name]));
  }

  static get modelVersions() {
    return Object.fromEntries(table().map(([name, , version]) => [name, version]));
  }

  static getModel(name) {
    return find(name)[0];
  }

  static createAsyncGenerator(options) {
    return begin(options, (options) => {
      const prompt = option(options, "prompt", kinds.STRING);
      const messages = option(options, "messages", kinds.ARRAY);
      if (prompt === undefined && messages === undefined) throw invalid("One of the options messages and prompt is needed");
      const input = { ...option(options, "input", kinds.OBJECT), prompt };
      const [target, , version, image] = find(options.model);
      const sender = transport(options);
      return {
        ...sender,
        native,
        input,
        messages: prompt === undefined ? readMessages(messages, input) : undefined,
        body: () => ({ input }),
        toResult: (url) => new ImageResponse(url, input.prompt, sender.fetch),
        protocol: HOMEPAGE,
        goal: image ? WHOLE : TEXT,
        base: baseUrl(options, "proxy") ?? base,
        target,
        version,
        mode: POLL,
        wait: option(options, "pollIntervalMs", kinds.MS, 5000),
        attempts: option(options, "maxAttempts", kinds.ATTEMPTS, 30),
        connectTimeoutMs: 30_000,
      };
    });
  }
}

/** The model of a name or alias; the first when there is neither. */
function find(name) {
  const wanted = option({ model: name }, "model", kinds.STRING, "");
  const found = table().find(([name, alias]) => ["", name, alias].includes(wanted));
  if (!found) throw new ReplicateError("model_not_supported", `Model not supported: ${wanted}`);
  return found;
}
