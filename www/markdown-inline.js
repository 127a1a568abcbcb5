/** Writes emphasis and code within a line of Markdown, as the text arrives. */
import { element } from "./element.js";

/** The first match wins. A span becomes an element when its closing mark arrives. */
const spans = [
  { mark: "`", whole: /^`([^`]+)`/, tag: "code" },
  { mark: "**", whole: /^\*\*(?=\S)(.+?\S|\S)\*\*/s, tag: "strong" },
  { mark: "__", whole: /^__(?=\S)(.+?\S|\S)__(?![\p{L}\p{N}])/su, tag: "strong" },
  { mark: "*", whole: /^\*(?=[^\s*])(.+?[^\s*]|[^\s*])\*/s, tag: "em" },
  { mark: "_", whole: /^_(?=[^\s_])(.+?[^\s_]|[^\s_])_(?![\p{L}\p{N}])/su, tag: "em" },
];

/** A mark is plain text if its closing mark does not follow within this many characters. */
const longestSpan = 500;

export class InlineWriter {
  #root;
  /** Shows the text after a mark that is not closed yet. */
  #pending = document.createTextNode("");
  /** The last written character: `_` within a word is not a mark. */
  #last = "";
  /** The number of characters so far. */
  length = 0;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    root.append(this.#pending);
  }

  /** @param {string} text */
  append(text) {
    this.length += text.length;
    this.#settle(this.#pending.data + text, false);
  }

  /** Whether every mark is closed. */
  get isSettled() {
    return this.#pending.data === "";
  }

  /** Ends the line. Open marks become plain text. */
  end() {
    this.#settle(this.#pending.data, true);
  }

  #settle(text, isAll) {
    let rest = text;
    while (rest) {
      const at = rest.search(/[`*_]/);
      if (at !== 0) {
        this.#put(at < 0 ? rest : rest.slice(0, at));
        rest = at < 0 ? "" : rest.slice(at);
        continue;
      }
      const span = this.#spanAt(rest);
      const [whole, inner] = span?.whole.exec(rest) ?? [];
      if (whole) this.#putSpan(span, inner);
      else if (this.#mayGoOn(rest, isAll)) break;
      const taken = whole ?? /^(`+|\*+|_+)/.exec(rest)[0];
      if (!whole) this.#put(taken);
      rest = rest.slice(taken.length);
    }
    if (this.#pending.data !== rest) this.#pending.data = rest;
  }

  #spanAt(text) {
    if (text[0] === "_" && /[\p{L}\p{N}]/u.test(this.#last)) return undefined;
    return spans.find(({ mark }) => text.startsWith(mark));
  }

  /** Whether the closing mark may still arrive. */
  #mayGoOn(text, isAll) {
    if (isAll || text.length > longestSpan || (text[0] === "_" && /[\p{L}\p{N}]/u.test(this.#last))) return false;
    // A mark before a space does not open a span.
    return !/^(?:\*{1,2}|_{1,2})\s/.test(text);
  }

  #put(text) {
    const before = this.#pending.previousSibling;
    if (before instanceof Text) before.appendData(text);
    else this.#pending.before(text);
    this.#last = text.at(-1);
  }

  #putSpan({ tag }, inner) {
    const made = element(tag);
    if (tag === "code") made.textContent = inner;
    else {
      const writer = new InlineWriter(made);
      writer.append(inner);
      writer.end();
    }
    this.#pending.before(made);
    this.#last = "*";
  }
}
