// Screenshots of the demo page in each state, size and colour scheme, in screenshots/: `npm run screenshot [-- state …]`.
// `npm run screenshot -- readme` makes only the README's picture, www/demo.png.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openPage, startDemo, states } from "./states.mjs";

const folder = join(import.meta.dirname, "../../screenshots");
const sizes = [
  { width: 1440, height: 900 },
  { width: 768, height: 1024 },
  { width: 390, height: 844, hasTouch: true, isMobile: true },
];

const wanted = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const { url, browser, close } = await startDemo();
if (wanted.includes("readme")) {
  const page = await openPage(browser, url, { viewport: { width: 1440, height: 900 }, colorScheme: "light", reducedMotion: "reduce" });
  await states.pictures(page);
  await page.selectOption("#model", "black-forest-labs/flux-schnell");
  await states.code(page);
  await page.fill("#message", "A harbour at dawn");
  await page.screenshot({ path: join(import.meta.dirname, "../../www/demo.png") });
}
for (const [name, reach] of Object.entries(states)) {
  if (wanted.length && !wanted.includes(name)) continue;
  for (const { width, height, ...device } of sizes) {
    for (const colorScheme of ["light", "dark"]) {
      const page = await openPage(browser, url, { viewport: { width, height }, colorScheme, reducedMotion: "reduce", ...device });
      const file = `${name.replaceAll(" ", "-")}-${width}-${colorScheme}.png`;
      try {
        await reach(page);
        await page.screenshot({ path: join(folder, file) });
      } catch (error) {
        console.error(`${file}: ${error.message}`);
        process.exitCode = 1;
      }
      await page.context().close();
    }
  }
  console.log(name);
}
await close();
