/**
 * Where the browsers of the tests are: Chromium or Chrome, Firefox, and WebKitGTK's MiniBrowser. The variables
 * CHROME, CHROMEDRIVER and FIREFOX name others than those found on the PATH.
 */
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";

const CHROMES = ["google-chrome", "google-chrome-stable", "chromium", "chromium-browser"];
const MAC_CHROMES = ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium"];
const FIREFOXES = ["firefox-esr", "firefox"];
const MAC_FIREFOX = "/Applications/Firefox.app/Contents/MacOS/firefox";

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The programs of these names on the PATH. */
const onPath = (names) =>
  names.flatMap((name) => (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name))).filter(isProgram);

/** A program's major version: "Chromium 156.0.8078.79 built on Debian" is 156. Undefined where it does not run. */
const major = (program) => spawnSync(program, ["--version"], { encoding: "utf8" }).stdout?.match(/\b(\d+)\.\d+\.\d+\.\d+\b/)?.[1];

const chromes = () => (process.env.CHROME ? [process.env.CHROME] : [...onPath(CHROMES), ...MAC_CHROMES.filter(isProgram)]);
const chromedrivers = () => (process.env.CHROMEDRIVER ? [process.env.CHROMEDRIVER] : onPath(["chromedriver"]));

/** The first Chromium or Chrome. Undefined where there is none. */
export const findChromium = () => chromes()[0];

/** The first Chromium and the first chromedriver of one major version: a driver refuses every other. */
export function findChromiumWithDriver() {
  for (const driver of chromedrivers()) {
    const version = major(driver);
    const browser = version && chromes().find((browser) => major(browser) === version);
    if (browser) return { browser, driver };
  }
  return undefined;
}

/** Firefox. Undefined where there is none. */
export const findFirefox = () => process.env.FIREFOX ?? [...onPath(FIREFOXES), MAC_FIREFOX].find(isProgram);

/** Debian keeps MiniBrowser in a folder of the machine's architecture. */
function findMiniBrowser() {
  const libraries = existsSync("/usr/lib") ? readdirSync("/usr/lib") : [];
  return ["webkit2gtk-4.1", "webkitgtk-6.0"]
    .flatMap((version) => libraries.map((folder) => join("/usr/lib", folder, version, "MiniBrowser")))
    .find(isProgram);
}

/** WebKitGTK's MiniBrowser, its driver, and the display that it needs. Undefined where one of them is missing. */
export function findWebKit() {
  const browser = findMiniBrowser();
  const [driver] = onPath(["WebKitWebDriver"]);
  const [display] = onPath(["Xvfb"]);
  return browser && driver && display ? { browser, driver, display } : undefined;
}

/** Runs a command with a display of its own. Undefined where there is none. */
export const findXvfbRun = () => onPath(["xvfb-run"])[0];

/** Redis's server. Undefined where there is none. */
export const findRedis = () => onPath(["redis-server"])[0];

/** What headless Chromium needs as root and in a container, and what keeps it from talking to anybody. */
export const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];
