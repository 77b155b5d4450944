import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { must } from "./command.mjs";
import { root, stateFolder } from "./paths.mjs";

const stamp = path.join(stateFolder, "prepared.json");

/**
 * @typedef {object} Prepared
 * @property {string} [dependencies] fingerprint of what was installed
 * @property {string} [sources] fingerprint of what was built
 */

/**
 * Installs the workspace's dependencies, unless those of the lock file are there.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {(line: string) => void} say
 */
export async function installDependencies(env, say) {
  const wanted = createHash("sha256")
    .update(await readFile(path.join(root, "pnpm-lock.yaml")))
    .digest("hex");
  const done = await readStamp();
  if (done.dependencies === wanted && existsSync(path.join(root, "node_modules/.modules.yaml"))) return;
  await must("pnpm", ["install", "--frozen-lockfile", "--reporter=append-only"], {
    cwd: root,
    // CI keeps pnpm from asking whether it may replace a node_modules that another version made.
    env: { ...env, CI: "true" },
    onLine: say,
    failure: "the dependencies could not be installed",
    remedy: "see whether `npm ping` works, then start again",
  });
  await writeStamp({ ...done, dependencies: wanted });
}

/**
 * Compiles every package, unless nothing changed since the last time.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {(line: string) => void} say
 */
export async function buildPackages(env, say) {
  const wanted = await fingerprintSources();
  const done = await readStamp();
  if (done.sources === wanted && existsSync(path.join(root, "apps/cli/dist/main.js"))) return;
  await must(path.join(root, "node_modules/.bin/turbo"), ["run", "build", "--output-logs=errors-only"], {
    cwd: root,
    env: { ...env, TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1" },
    onLine: say,
    failure: "the packages could not be built",
  });
  await writeStamp({ ...done, sources: wanted });
}

/** Number of sources and their folders, and time of the newest: changes with every edit, and costs no reading. */
export async function fingerprintSources(folder = root) {
  let count = 0;
  let newest = 0;
  /** @param {string} file */
  const see = async (file) => {
    count += 1;
    newest = Math.max(newest, (await stat(file)).mtimeMs);
  };
  for (const top of ["packages", "apps"]) {
    for (const name of await readdir(path.join(folder, top))) {
      const home = path.join(folder, top, name);
      if (!existsSync(path.join(home, "package.json"))) continue;
      await see(path.join(home, "package.json"));
      for (const name of await readdir(path.join(home, "src"), { recursive: true })) await see(path.join(home, "src", name));
    }
  }
  return `${count} files, newest ${newest}`;
}

/** @returns {Promise<Prepared>} */
async function readStamp() {
  try {
    return JSON.parse(await readFile(stamp, "utf8"));
  } catch {
    return {};
  }
}

/** @param {Prepared} prepared */
async function writeStamp(prepared) {
  await mkdir(stateFolder, { recursive: true });
  await writeFile(`${stamp}.new`, JSON.stringify(prepared));
  await rename(`${stamp}.new`, stamp);
}
