import { begin } from "./call.js";
import { Driver, findModel, models } from "./replicate.js";
import { ReplicateError } from "./web/error.js";
import { ImageResponse } from "./web/files.js";
import { TEXT, WHOLE, createHost } from "./web/host.js";
import * as kinds from "./web/kinds.js";
import { baseUrl, invalid, option, optionsObject, transport } from "./web/options.js";

/** What the original sends beside; a browser sets its own and forbids setting them. */
const native = [
  "origin", "https://replicate.com",
  "referer", "https://replicate.com/",
  "user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
];

const base = "https://homepage.replicate.com";
/** The core's table: name, alias, version, and "image" for a model of images. */
const table = () => models().trim().split("\n").map((line) => line.split(" "));
const names = (wanted) => table().filter(wanted).map(([name]) => name);

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
    return table()[indexOf(name)][0];
  }

  static createAsyncGenerator(options) {
    return begin(() => {
      options = optionsObject(options);
      const prompt = option(options, "prompt", kinds.STRING);
      const messages = option(options, "messages", kinds.ARRAY);
      if (prompt === undefined && messages === undefined) throw invalid("One of the options messages and prompt is needed");
      const input = { ...option(options, "input", kinds.OBJECT) };
      const sender = transport(options, { native, input, body: () => ({ input }), toImage: (url, alt) => new ImageResponse(url, alt, sender.fetch) });
      const model = indexOf(options.model);
      const host = createHost(sender, option(options, "signal", kinds.SIGNAL), table()[model][3] ? WHOLE : TEXT, messages);
      const proxy = baseUrl(options, "proxy") ?? base;
      const interval = option(options, "pollIntervalMs", kinds.MS, 5000);
      return [host, Driver.home(host, model, prompt, proxy, interval, option(options, "maxAttempts", kinds.ATTEMPTS, 30))];
    });
  }
}

/** Where in the table a name or alias stands. */
function indexOf(name) {
  const model = findModel(option({ model: name }, "model", kinds.STRING, ""));
  if (model < 0) throw new ReplicateError("model_not_supported", `Model not supported: ${name}`);
  return model;
}
