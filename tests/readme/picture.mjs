// Makes the README's picture of the demo, light and dark: `node tests/readme/picture.mjs`, after `npm run build`.

import { openPage, startDemo, states } from "../e2e/states.mjs";

const { url, browser, close } = await startDemo();
for (const colorScheme of ["light", "dark"]) {
  const page = await openPage(browser, url, { viewport: { width: 1280, height: 800 }, colorScheme, reducedMotion: "reduce" });
  await states.pictures(page);
  await page.screenshot({ path: new URL(`demo-${colorScheme}.png`, import.meta.url).pathname });
}
await close();
process.exit();
