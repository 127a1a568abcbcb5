// The README's component for each framework: all must behave in the same way.

import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { build } from "esbuild";
import { compile } from "svelte/compiler";
import { compileScript, compileTemplate, parse } from "vue/compiler-sfc";
import { openPage } from "../npm/page.mjs";
import { root } from "./blocks.mjs";
import { node } from "./fresh.mjs";
import { runModule } from "./module.mjs";

const main = 'document.body.appendChild(document.createElement("main"))';

/** For each framework: how the component is compiled, how an app mounts it, and how a server renders it. */
const frameworks = {
  react: {
    component: (code) => ({ contents: code, loader: "jsx" }),
    // Strict mode mounts everything twice.
    mount: `import { StrictMode } from "react";
      import { createRoot } from "react-dom/client";
      import { Ask } from "component";
      const root = createRoot(${main});
      globalThis.unmount = () => root.unmount();
      root.render(<StrictMode><Ask /></StrictMode>);`,
    render: `import { renderToString } from "react-dom/server";
      import { Ask } from "component";
      export const html = renderToString(<Ask />);`,
  },
  vue: {
    component(code) {
      const { descriptor, errors } = parse(code);
      assert.deepEqual(errors, []);
      const { content, bindings } = compileScript(descriptor, { id: "ask", genDefaultAs: "component" });
      const template = compileTemplate({ source: descriptor.template.content, filename: "Ask.vue", id: "ask", compilerOptions: { bindingMetadata: bindings } });
      assert.deepEqual(template.errors, []);
      return { contents: `${content}\n${template.code}\ncomponent.render = render;\nexport default component;`, loader: "js" };
    },
    mount: `import { createApp } from "vue";
      import Ask from "component";
      const app = createApp(Ask);
      globalThis.unmount = () => app.unmount();
      app.mount(${main});`,
    render: `import { createSSRApp } from "vue";
      import { renderToString } from "vue/server-renderer";
      import Ask from "component";
      export const html = await renderToString(createSSRApp(Ask));`,
  },
  svelte: {
    component(code, generate) {
      const { js, warnings } = compile(code, { filename: "Ask.svelte", generate });
      assert.deepEqual(warnings, []);
      return { contents: js.code, loader: "js" };
    },
    mount: `import { mount, unmount } from "svelte";
      import Ask from "component";
      const app = mount(Ask, { target: ${main} });
      globalThis.unmount = () => unmount(app);`,
    render: `import { render } from "svelte/server";
      import Ask from "component";
      export const html = render(Ask).body;`,
  },
};

/** Bundles the component and a module that uses it, for a page (`client`) or for Node (`server`). */
async function bundle(component, module, where) {
  const resolveDir = new URL(root).pathname;
  const plugin = {
    name: "component",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^component$/ }, () => ({ path: "component", namespace: "readme" }));
      onLoad({ filter: /./, namespace: "readme" }, () => ({ ...component, resolveDir }));
    },
  };
  const { outputFiles } = await build({
    stdin: { contents: module, loader: "jsx", resolveDir },
    plugins: [plugin],
    jsx: "automatic",
    bundle: true,
    format: "esm",
    ...(where === "client" ? { conditions: ["browser"], external: ["replicate-wasm/*"] } : { platform: "node", packages: "external" }),
    define: { "process.env.NODE_ENV": '"development"' },
    write: false,
  });
  return outputFiles[0].text;
}

/** Waits until a condition is true at the server, or until the test times out. */
async function until({ signal }, condition) {
  while (!condition()) await setTimeout(5, undefined, { signal });
}

async function use(t, engine, script) {
  const { page, server } = await openPage(t, engine);
  await runModule(page, script);
  const last = () => [...server.sandbox.predictions.values()].at(-1);
  const ask = async (prompt) => {
    await page.locator("input").fill(prompt);
    await page.getByRole("button", { name: "Ask" }).click();
  };
  const shows = (selector, text) => page.waitFor(([selector, text]) => document.querySelector(selector)?.textContent === text, [selector, text]);
  const writes = () => page.waitFor(() => document.querySelector("output").textContent);
  const canceled = () => until(t, () => last().status === "canceled");

  await ask("Spring");
  await writes();
  await shows("output", last().output.join(""));
  assert.equal(server.sandbox.predictions.size, 1, "only the click sends a create");

  await ask("[fail: out of memory]");
  await shows("[role=alert]", "Prediction failed: out of memory");

  await ask("Summer [hang]");
  await writes();
  assert.equal(await page.locator("[role=alert]").count(), 0);
  await page.getByRole("button", { name: "Stop" }).click();
  await canceled();

  await ask("Autumn [hang]");
  await writes();
  await page.evaluate(() => globalThis.unmount());
  await canceled();
}

export const components = Object.fromEntries(
  Object.entries(frameworks).map(([name, { component, mount, render }]) => [
    name,
    [
      `the ${name} component shows an answer and an error, stops what nobody wants any more, and renders on a server`,
      async (t, code, engine) => {
        await use(t, engine, await bundle(component(code, "client"), mount, "client"));
        const html = await node(`${await bundle(component(code, "server"), render, "server")}\nconsole.log(html);`, root);
        assert.match(html, /<form.*Ask.*Stop.*<output>/);
      },
    ],
  ]),
);
