/**
 * A small Markdown, written as it comes: paragraphs, lists, headings, code blocks. What has been written is not
 * touched again, so a long text costs no more at its end than at its begin. All text goes into text nodes.
 */
import { button, copy, element } from "./element.js";
import { InlineWriter } from "./markdown-inline.js";

/** The start of a line that may still become the mark of a block. */
const maybeMark = /^\s{0,8}(?:#{1,6}|[-*+]|\d{1,3}[.)]?|`{1,2}|`{3,}[^`\n]*)?$/;

/** In characters. */
const longestParagraph = 4000;

const heading = /^ {0,3}(#{1,6})\s+/;
const bullet = /^(\s{0,8})(?:[-*+]|(\d{1,3})[.)])\s+/;
const fence = /^ {0,3}(`{3,})\s*([^`\s]*)[^`]*$/;

export class MarkdownWriter {
  #root;
  /** What has come of the last line, while it is not known what that line is. */
  #start = "";
  /** Whether the text of the last line goes into the open block as it comes. */
  #isOpen = false;
  /** @type {{ kind: "paragraph" | "heading" | "item" | "code", inline?: InlineWriter, text?: Text, fence?: string } | undefined} */
  #block;
  /** The marks' lengths of the headings that the text stands below. */
  #levels = [];
  /** The lists around the open item, the outermost first. */
  #lists = [];

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
  }

  /** @param {string} text */
  append(text) {
    const lines = text.split("\n");
    lines.forEach((line, i) => {
      this.#add(line, i < lines.length - 1);
      if (i < lines.length - 1) this.#endLine();
    });
  }

  /** No more text comes. */
  end() {
    if (!this.#isOpen) this.#open(true);
    this.#block?.inline?.end();
  }

  #add(text, isWhole) {
    if (!this.#isOpen) {
      this.#start += text;
      this.#open(isWhole);
    } else if (this.#block.kind === "code") this.#block.text.appendData(text);
    else this.#write(text);
  }

  /** An engine lays a paragraph out as a whole, each time it grows: a very long one goes on in another, at a space. */
  #write(text) {
    for (let rest = text; ; ) {
      const { kind, inline } = this.#block;
      const room = Math.max(0, longestParagraph - inline.length);
      const space = kind === "paragraph" && inline.isSettled && rest.length > room ? rest.indexOf(" ", room) : -1;
      if (space < 0) return inline.append(rest);
      inline.append(rest.slice(0, space + 1));
      inline.end();
      this.#startParagraph("p.continued");
      rest = rest.slice(space + 1);
    }
  }

  #endLine() {
    if (this.#block?.kind === "heading") this.#close();
    else if (this.#block?.kind === "code" && this.#isOpen) this.#block.text.appendData("\n");
    this.#isOpen = false;
    this.#start = "";
  }

  /** Decides what the line is, when that can be decided, and writes what has come of it. */
  #open(isWhole) {
    const line = this.#start;
    if (this.#block?.kind === "code") return this.#openInCode(line, isWhole);
    if (!isWhole && maybeMark.test(line)) return;
    if (line.trim() === "") return this.#close();

    const code = isWhole && fence.exec(line);
    if (code) return this.#startCode(code[1], code[2]);
    const title = heading.exec(line);
    const item = bullet.exec(line);
    if (title) this.#startHeading(title[1].length);
    else if (item) this.#startItem(item[1].length, item[2]);
    else if (this.#block) this.#block.inline.append("\n");
    else this.#startParagraph();
    this.#isOpen = true;
    const mark = (title ?? item ?? /^ {0,3}/.exec(line))[0];
    this.#write(line.slice(mark.length));
  }

  #openInCode(line, isWhole) {
    const { fence: mark, text } = this.#block;
    const closes = line.trim() === mark;
    if (!isWhole && mark.startsWith(line.trim())) return;
    if (closes) return this.#close();
    text.appendData(line);
    this.#isOpen = true;
  }

  #startParagraph(tag = "p") {
    this.#lists = [];
    this.#block = { kind: "paragraph", inline: new InlineWriter(this.#put(element(tag))) };
  }

  /** The answer stands below the page's own headings, and leaves no level out, whatever the model does. */
  #startHeading(level) {
    this.#close();
    this.#lists = [];
    this.#levels = [...this.#levels.filter((above) => above < level), level];
    const tag = `h${Math.min(6, this.#levels.length + 2)}`;
    this.#block = { kind: "heading", inline: new InlineWriter(this.#put(element(tag))) };
  }

  #startItem(indent, number) {
    this.#block?.inline?.end();
    while (this.#lists.length > 1 && indent < this.#lists.at(-1).indent) this.#lists.pop();
    const around = this.#lists.at(-1);
    const tag = number ? "ol" : "ul";
    if (!around || indent > around.indent + 1 || around.list.localName !== tag) {
      const list = element(tag, number && number !== "1" ? { start: Number(number) } : {});
      const isInner = around && indent > around.indent + 1;
      if (isInner) around.list.lastElementChild.append(list);
      else this.#put(list);
      this.#lists = isInner ? [...this.#lists, { list, indent }] : [{ list, indent }];
    }
    const item = element("li");
    this.#lists.at(-1).list.append(item);
    this.#block = { kind: "item", inline: new InlineWriter(item) };
  }

  #startCode(mark, language) {
    this.#close();
    this.#lists = [];
    const text = document.createTextNode("");
    const copier = button("Copy", () => copy(text.data, copier));
    const code = element("pre", { tabIndex: 0 }, element("code", {}, text));
    this.#put(element("figure.code", {}, element("figcaption", {}, element("span", {}, language || "code"), copier), code));
    this.#block = { kind: "code", text, fence: mark };
  }

  #close() {
    this.#block?.inline?.end();
    // A list goes on after a blank line: its next item looks for it.
    this.#block = undefined;
  }

  #put(block) {
    this.#root.append(block);
    return block;
  }
}

/** Data, as it comes. */
export class PlainWriter {
  #root;
  #text = document.createTextNode("");

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
  }

  /** @param {string} text */
  append(text) {
    if (!this.#text.isConnected) this.#root.append(element("pre", { tabIndex: 0, "aria-label": "Output" }, this.#text));
    this.#text.appendData(text);
  }

  end() {}
}
