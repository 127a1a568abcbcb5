/**
 * Runs an example as a module of a page until it ends.
 *
 * @param {import("../engines/page.mjs").Page} page
 * @param {string} code
 */
export const runModule = (page, code) =>
  page.evaluate(
    (code) =>
      new Promise((resolve, reject) => {
        addEventListener("error", (event) => reject(new Error(event.message)));
        addEventListener("unhandledrejection", (event) => reject(new Error(event.reason.message)));
        globalThis.finished = resolve;
        document.head.append(Object.assign(document.createElement("script"), { type: "module", textContent: `${code}\nfinished();` }));
      }),
    code,
  );
