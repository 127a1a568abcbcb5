/**
 * Finds elements in a page. This function is sent to the page as text, so it must not use anything outside of itself.
 *
 * @typedef {string | { source: string, flags: string }} Pattern part of a text in either case, or a regular expression
 * @typedef {{ css?: string, role?: string, name?: Pattern, text?: Pattern, nth?: number }} Step each searches in what the one before it found
 * @param {Step[]} steps
 * @returns {Element[]}
 */
export function find(steps) {
  const ROLES = {
    alert: "[role=alert]",
    button: "button",
    checkbox: "input[type=checkbox]",
    combobox: "select",
    heading: "h1, h2, h3, h4",
    img: "img",
    link: "a[href]",
    listitem: "li",
    log: "[role=log]",
    progressbar: "progress, [role=progressbar]",
    radio: "input[type=radio]",
    status: "output, [role=status]",
    textbox: "textarea, input:not([type]), input[type=text], input[type=url], input[type=search]",
  };
  const words = (text) => (text ?? "").replace(/\s+/g, " ").trim();
  const fits = (pattern, text) =>
    pattern === undefined ||
    (typeof pattern === "string" ? text.toLowerCase().includes(pattern.toLowerCase()) : new RegExp(pattern.source, pattern.flags).test(text));
  const nameOf = (element) => {
    const labels = [...(element.labels ?? [])].map((label) => label.textContent).join(" ");
    return words(element.getAttribute("aria-label") || element.alt || labels || element.textContent);
  };
  const below = (parents, selector) => parents.flatMap((parent) => [...parent.querySelectorAll(selector)]);
  const holds = (pattern) => (element) => fits(pattern, words(element.textContent));

  let found = [document];
  for (const { css, role, name, text, nth } of steps) {
    if (nth !== undefined) found = found.slice(nth, nth + 1 || undefined);
    else if (css) found = below(found, css);
    else if (role) found = below(found, ROLES[role] ?? `[role=${role}]`).filter((element) => element.checkVisibility() && fits(name, nameOf(element)));
    else {
      const own = found.filter((element) => element !== document);
      // The innermost elements with the text.
      found = [...own, ...below(found, "body, body *")].filter(holds(text)).filter((element) => ![...element.children].some(holds(text)));
    }
  }
  return [...new Set(found)];
}
