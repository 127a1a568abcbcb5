/**
 * Set-up: it installs what a command needs, and nothing that is there already.
 *
 * `node src/build/setup.mjs build` installs what `npm start` and `npm run build` need: the wasm target, wasm-bindgen
 * and the npm packages. `all` adds what the tests need. Only Debian and Ubuntu have packages of all of it; elsewhere
 * `untested` says what is not tested.
 */
import { copyFileSync, existsSync, readFileSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { findChromiumWithDriver, findFirefox, findRedis, findWebKit } from "./browsers.mjs";
import { install, output, root, stop } from "./program.mjs";
import { runSteps } from "./steps.mjs";

export { env, output, root, run, stop } from "./program.mjs";

const WASM_PACK = "0.15.1";
/** The tool must have the same version as the library that the crate is compiled with. */
const WASM_BINDGEN = readFileSync(join(root, "Cargo.lock"), "utf8").match(/^name = "wasm-bindgen"\nversion = "(.+)"$/m)[1];

async function rustup(...args) {
  if (!output("rustup", "--version")) stop(`This needs rustup, for \`rustup ${args.join(" ")}\`. Install it from https://rustup.rs and try again.`);
  await install("rustup", args);
}

const crate = (program, name, version, seconds) => ({
  title: `${program} ${version}`,
  seconds,
  isThere: () => Boolean(output(program, "--version")?.includes(version)),
  install: () => install("cargo", ["install", "--locked", name, "--version", version]),
});

/** The packages of a folder: those of its lockfile, where it has one. */
function npmPackages(title, seconds, folder, ...options) {
  const locked = existsSync(join(folder, "package-lock.json"));
  const wanted = join(folder, locked ? "package-lock.json" : "package.json");
  const installed = join(folder, "node_modules/.package-lock.json");
  return {
    title,
    seconds,
    isThere: () => existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs,
    async install() {
      const command = locked ? ["ci"] : ["install", "--no-package-lock"];
      await install("npm", [...command, "--no-audit", "--no-fund", ...options], { cwd: folder });
      utimesSync(installed, new Date(), new Date());
    },
  };
}

const wasmTarget = {
  title: "the wasm32 target of Rust",
  seconds: 10,
  isThere: () => existsSync(output("rustc", "--print", "target-libdir", "--target", "wasm32-unknown-unknown") ?? ""),
  install: () => rustup("target", "add", "wasm32-unknown-unknown"),
};
const wasmBindgen = crate("wasm-bindgen", "wasm-bindgen-cli", WASM_BINDGEN, 130);
const ownPackages = npmPackages("npm packages", 30, root);

const rustTools = {
  title: "rustfmt and clippy",
  seconds: 10,
  isThere: () => ["fmt", "clippy"].every((command) => output("cargo", command, "--version") !== undefined),
  install: () => rustup("component", "add", "rustfmt", "clippy"),
};

const asRoot = process.getuid?.() === 0 ? [] : ["sudo"];
const hasApt = () => output("apt-get", "--version") !== undefined && (!asRoot.length || output("sudo", "--version") !== undefined);

let updated;
/** Installs packages of Debian or Ubuntu. */
async function apt(...packages) {
  const [program, ...args] = [...asRoot, "apt-get"];
  updated ??= install(program, [...args, "update"]);
  await updated;
  await install(program, [...args, "install", "-y", "--no-install-recommends", ...packages]);
}

const NO_CHROMIUM =
  "The tests need Chrome or Chromium, and a chromedriver of the same major version. Install both, for example from https://googlechromelabs.github.io/chrome-for-testing/, name them in CHROME and CHROMEDRIVER where they are not on the PATH, and try again.";

const chromium = {
  title: "Chromium and its driver",
  seconds: 30,
  isThere: () => findChromiumWithDriver() !== undefined,
  async install() {
    const { CHROME, CHROMEDRIVER } = process.env;
    if (CHROME || CHROMEDRIVER) stop(`CHROME (${CHROME ?? "not set"}) and CHROMEDRIVER (${CHROMEDRIVER ?? "not set"}) do not fit each other. ${NO_CHROMIUM}`);
    if (!hasApt()) stop(NO_CHROMIUM);
    await apt("chromium", "chromium-driver");
  },
};

/** What the tests can do without, and what is not tested then. */
const optional = [
  {
    title: "Firefox",
    seconds: 15,
    // Ubuntu has no firefox-esr, and its package `firefox` installs a snap, which Playwright cannot drive.
    hasPackage: () => !/^ID=ubuntu$/m.test(output("cat", "/etc/os-release")),
    isThere: () => findFirefox() !== undefined,
    install: () => apt("firefox-esr"),
    untested: "Firefox is not tested: install it, or name it in FIREFOX. On Ubuntu take firefox-esr from packages.mozilla.org.",
  },
  {
    title: "WebKit (MiniBrowser, its driver and a display)",
    seconds: 20,
    isThere: () => findWebKit() !== undefined,
    install: () => apt("webkit2gtk-driver", "xvfb", "xauth"),
    untested: "WebKit is not tested: its MiniBrowser, WebKitWebDriver and Xvfb are packages of Debian and Ubuntu.",
  },
  {
    title: "Redis",
    seconds: 5,
    isThere: () => findRedis() !== undefined,
    install: () => apt("redis-server"),
    untested: "The relay's limits in Redis are not tested: install redis-server.",
  },
];

/** A sentence for each thing that is missing here and not tested for that reason. */
export const untested = () => optional.filter(({ isThere }) => !isThere()).map(({ untested }) => untested);

const NO_PYTHON = "The tests need Python 3.10 or newer with its venv module, for Cog's model server. Install it and try again.";
const hasPython = () => output("python3", "-c", "import ensurepip, venv, sys; print(sys.version_info >= (3, 10))") === "True";

const python = {
  title: "Python",
  seconds: 10,
  isThere: hasPython,
  install: () => (hasApt() ? apt("python3", "python3-venv") : stop(NO_PYTHON)),
};

/** A Cog server in an environment of its own, unless the variable names another one. */
function cog(variable, folder, list) {
  const requirements = join(root, "tests/cog", list);
  const venv = join(root, folder);
  /** A copy of the list that was installed: a changed list is another. */
  const installed = join(venv, "requirements.txt");
  return {
    title: `a Cog server (${folder})`,
    seconds: 15,
    isThere: () => Boolean(process.env[variable]) || (existsSync(installed) && readFileSync(installed).equals(readFileSync(requirements))),
    async install() {
      await install("python3", ["-m", "venv", "--clear", venv]);
      await install(join(venv, "bin/python"), ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]);
      copyFileSync(requirements, installed);
    },
  };
}

const consumers = join(root, "tests/package");

/** The lanes of each set-up. A lane has all steps of one installer: apt-get and npm must not run twice at the same time. */
const lanes = {
  build: () => [[wasmTarget, wasmBindgen], [ownPackages]],
  all: () => [
    [wasmTarget, rustTools, wasmBindgen, crate("wasm-pack", "wasm-pack", WASM_PACK, 120)],
    [
      ownPackages,
      npmPackages("Vite and webpack", 10, consumers, "--ignore-scripts"),
      npmPackages("Jest, Vitest and older TypeScripts", 20, join(consumers, "tools"), "--ignore-scripts"),
      npmPackages("Next.js", 20, join(consumers, "apps/next"), "--ignore-scripts"),
      npmPackages("Deno", 10, join(consumers, "deno"), "--ignore-scripts"),
    ],
    [
      chromium,
      ...(hasApt() ? optional.filter(({ hasPackage = () => true }) => hasPackage()) : []),
      python,
      cog("COG_VENV", ".venv-cog", "requirements.txt"),
      cog("COG_0_16_VENV", ".venv-cog-0.16", "requirements-0.16.txt"),
    ],
  ],
};

/** @param {"build" | "all"} wanted */
export async function setUp(wanted) {
  const [major] = process.versions.node.split(".").map(Number);
  if (major < 20) stop(`This needs Node 20 or newer, and found ${process.versions.node}. Install it from https://nodejs.org and try again.`);
  if (output("cargo", "--version") === undefined) stop("This needs Rust. Install it from https://rustup.rs and try again.");
  await runSteps(lanes[wanted]());
}

if (process.argv[1] === import.meta.filename) {
  const wanted = process.argv[2] ?? "all";
  if (!Object.hasOwn(lanes, wanted)) stop("Usage: node src/build/setup.mjs [build | all]");
  await setUp(wanted);
  if (wanted === "all") for (const sentence of untested()) console.log(sentence);
  console.log(wanted === "all" ? "All is set up: `npm test` runs every test." : "All is set up: `npm run build` makes pkg/.");
}
