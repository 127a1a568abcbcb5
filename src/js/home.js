import { failed, getModel, home, models } from "./replicate.js";
import { ImageResponse } from "./web/files.js";
import { baseUrl, invalid, option, optionsObject, transport } from "./web/options.js";

/** What the original sends beside; a browser sets its own and forbids setting them. */
const native = [
  "origin", "https://replicate.com",
  "referer", "https://replicate.com/",
  "user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
];

const base = "https://homepage.replicate.com";
const [NAME, ALIAS, VERSION, IMAGE] = [0, 1, 2, 3];
const names = (wanted) => models().filter(wanted).map((model) => model[NAME]);
const record = (key, value) => Object.fromEntries(models().map((model) => [model[key], model[value]]));

/** The provider: Replicate's homepage protocol. Its models and rules are the core's. */
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
    return names((model) => model[IMAGE]);
  }

  static get textModels() {
    return names((model) => !model[IMAGE]);
  }

  static get models() {
    return names(() => true);
  }

  static get modelAliases() {
    return record(ALIAS, NAME);
  }

  static get modelVersions() {
    return record(NAME, VERSION);
  }

  static getModel(name) {
    return getModel(option({ model: name }, "model", "string", ""));
  }

  static createAsyncGenerator(options) {
    // Read here, so that a wrong one rejects the first `next()`; before init() it is the next line that throws.
    const model = () => ReplicateHome.getModel(options?.model);
    models();
    try {
      options = optionsObject(options);
      const prompt = option(options, "prompt", "string");
      const messages = option(options, "messages", "array");
      if (prompt === undefined && messages === undefined) throw invalid("One of the options messages and prompt is needed");
      const sender = transport(options, { native, toImage: (url, alt) => new ImageResponse(url, alt, sender.fetch) });
      const input = { ...option(options, "input", "object") };
      sender.body = () => ({ input });
      return home(
        model(),
        prompt,
        messages,
        input,
        baseUrl(options, "proxy") ?? base,
        option(options, "pollIntervalMs", "ms", 5000),
        option(options, "maxAttempts", "attempts", 30),
        option(options, "signal", "signal"),
        sender,
      );
    } catch (error) {
      return failed(error);
    }
  }
}
