// Sees to a Node.js and a pnpm that can build and run Oriel. Runs on any Node.js from 18 on, without dependencies.
// Run by itself it prints the PATH that has both.
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { main, must, run } from "./lib/command.mjs";
import { servesClone } from "./lib/node-range.mjs";
import { findProgram, root } from "./lib/paths.mjs";

const pinned = { node: "24.21.0", pnpm: "12.21.0" };
const folder = path.join(root, ".toolchain");
const bin = path.join(folder, "node_modules", ".bin");
const stamp = path.join(folder, "installed.json");

/**
 * Returns the environment for commands that need Node.js or pnpm, after installing both into `.toolchain/` from the npm
 * registry where the machine's own do not serve.
 *
 * @param {(line: string) => void} say
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
export async function ensureToolchain(say) {
  const env = cleanEnvironment();
  const reason = await whyOwn(env);
  if (reason === undefined) return env;
  const own = { ...env, PATH: `${bin}${path.delimiter}${env.PATH ?? ""}` };
  if (await isInstalled()) return own;

  say(`${reason}; installing node ${pinned.node} and pnpm ${pinned.pnpm} into .toolchain/`);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, "package.json"), JSON.stringify({ private: true, dependencies: pinned }));
  // `node` fetches the binary of this platform in an install script, so scripts must not be switched off here.
  const flags = ["--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error", "--ignore-scripts=false"];
  await must("npm", ["install", "--prefix", folder, ...flags], {
    cwd: folder,
    env,
    failure: "the newer Node.js could not be installed from the npm registry",
    remedy: "see whether `npm ping` works; or install Node.js 24 or newer and pnpm 12 yourself",
  });
  await must(path.join(bin, "node"), ["--version"], { failure: "the installed Node.js does not start", timeout: 30 });
  await writeFile(`${stamp}.new`, JSON.stringify(pinned));
  await rename(`${stamp}.new`, stamp);
  return own;
}

/**
 * Why the machine's own Node.js or pnpm do not serve; undefined if they do.
 *
 * @param {NodeJS.ProcessEnv} env
 */
async function whyOwn(env) {
  if (!servesClone(process.versions.node)) return `Node.js ${process.versions.node} is neither 22.18 or a later 22, nor 24 or newer`;
  if (findProgram("pnpm", env.PATH) === undefined) return "there is no pnpm";
  const { code, output } = await run("pnpm", ["--version"], { env, cwd: root, timeout: 60 });
  const version = output.trim().split("\n").at(-1) ?? "";
  return code === 0 && version.startsWith("12.") ? undefined : `pnpm ${version} is not 12`;
}

async function isInstalled() {
  if (!existsSync(path.join(bin, "node")) || !existsSync(path.join(bin, "pnpm"))) return false;
  const text = await readFile(stamp, "utf8").catch(() => "");
  return text === JSON.stringify(pinned);
}

/** Without what `npm start` adds: pnpm and npm would take some of it for their own settings. */
function cleanEnvironment() {
  const added = /^(npm_(lifecycle|package|command|execpath|node_execpath)|INIT_CWD$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !added.test(name)));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(async () => {
    const env = await ensureToolchain((line) => console.error(line));
    console.log(env.PATH);
    return 0;
  });
}
