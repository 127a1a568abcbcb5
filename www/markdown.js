/**
 * Writes a small Markdown as the text arrives: paragraphs, lists, headings, code blocks. It never changes what it
 * has written, so a long text costs no more at its end than at its start. All text goes into text nodes.
 */
import { button, copy, element } from "./element.js";
import { InlineWriter } from "./markdown-inline.js";

/** A line's start that may still become the mark of a block. */
const maybeMark = /^\s{0,8}(?:#{1,6}|[-*+]|\d{1,3}[.)]?|`{1,2}|`{3,}[^`\n]*)?$/;

/** In characters. */
const longestParagraph = 4000;

const heading = /^ {0,3}(#{1,6})\s+/;
const bullet = /^(\s{0,8})(?:[-*+]|(\d{1,3})[.)])\s+/;
const fence = /^ {0,3}(`{3,})\s*([^`\s]*)[^`]*$/;

export class MarkdownWriter {
  #root;
  /** The start of the last line, while its kind is not known. */
  #start = "";
  /** Whether the last line's kind is known, so that its text goes directly into the open block. */
  #isOpen = false;
  /** @type {{ kind: "paragraph" | "heading" | "item" | "code", inline?: InlineWriter, text?: Text, fence?: string } | undefined} */
  #block;
  /** The levels of the headings above the current text, as the model has written them. */
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

  /** Writes what is left. No text may follow. */
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

  /** An engine lays out a whole paragraph each time it grows, so a very long one continues in another, after a space. */
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

  /** Determines the line's kind as soon as its start allows, and writes its text. */
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

  /** The levels start below the page's own headings and skip none, whatever the model writes. */
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
    // A list may continue after a blank line, so it stays open.
    this.#block = undefined;
  }

  #put(block) {
    this.#root.append(block);
    return block;
  }
}

/** Writes data without Markdown. */
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
