/** The conversation, as elements. All that comes from a server is put in as text, never as HTML. */

const log = document.getElementById("transcript");

/** @param {string} text */
export function showQuestion(text) {
  log.append(element("article", { className: "question" }, element("p", {}, text)));
}

/** @param {string} text of an answer given before */
export function showAnswer(text) {
  log.append(element("article", { className: "answer" }, element("p", {}, text)));
}

export function clear() {
  log.replaceChildren();
}

/** An answer that grows. */
export class Answer {
  #article = element("article", { className: "answer" });
  #text = document.createTextNode("");
  #by;

  /** @param {string} by who gives it */
  constructor(by) {
    this.#by = by;
    log.append(this.#article);
    log.ariaBusy = "true"; // a screen reader waits for the whole of it
  }

  get text() {
    return this.#text.data;
  }

  /** @param {{ text?: string, picture?: { url: string, alt: string } }} piece */
  add({ text, picture }) {
    const wasAtEnd = isAtEnd();
    if (text) {
      if (!this.#text.parentNode) this.#article.append(element("p", {}, this.#text));
      this.#text.appendData(text);
    }
    if (picture) this.#article.append(figure(picture));
    if (wasAtEnd) scrollToEnd();
  }

  /** @param {string} outcome in words @param {Error & { code?: string }} [error] */
  end(outcome, error) {
    const wasAtEnd = isAtEnd();
    if (error) {
      const code = error.code && element("code", {}, error.code);
      this.#article.append(element("p", { className: "error" }, error.message, ...(code ? [" ", code] : [])));
    }
    this.#article.append(element("footer", {}, [this.#by, outcome].join(" · ")));
    log.ariaBusy = "false";
    if (wasAtEnd) scrollToEnd();
  }
}

/** The picture in its natural size, as far as the column is wide enough; a file that is no picture as a link. */
function figure({ url, alt }) {
  const caption = element("figcaption");
  const image = element("img", { src: url, alt });
  const shown = element("figure", {}, image, caption);
  image.addEventListener("load", () => {
    const wasAtEnd = isAtEnd(image.height);
    caption.textContent = `${image.naturalWidth} × ${image.naturalHeight}`;
    if (wasAtEnd) scrollToEnd();
  });
  image.addEventListener("error", () => shown.replaceChildren(element("a", { href: url, download: "" }, "Save the file")));
  return shown;
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Whoever has scrolled up to read is left there. */
function isAtEnd(grownBy = 0) {
  const { scrollHeight } = document.documentElement;
  return scrollHeight - window.scrollY - window.innerHeight < 80 + grownBy;
}

export function scrollToEnd() {
  window.scrollTo({ top: document.documentElement.scrollHeight });
}
