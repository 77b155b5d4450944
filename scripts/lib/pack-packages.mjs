import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { must } from "./command.mjs";
import { servePackages } from "./package-registry.mjs";
import { root } from "./paths.mjs";

/**
 * @typedef {object} PackedPackage
 * @property {string} home folder of the package
 * @property {string} tarball
 */

/**
 * Packs built packages of this workspace as `pnpm publish` would, and those that they depend on, which no registry has yet.
 *
 * @param {readonly string[]} homes folders of the packages, from the root of the repository
 * @param {string} folder for the tarballs
 * @returns {Promise<Map<string, PackedPackage>>} by name
 */
export async function packPackages(homes, folder) {
  await mkdir(folder, { recursive: true });
  const packed = new Map();
  /** @param {string} home */
  const pack = async (home) => {
    const { name, dependencies = {} } = JSON.parse(await readFile(path.join(home, "package.json"), "utf8"));
    if (packed.has(name)) return;
    const words = ["pack", "--json", "--pack-destination", folder];
    const printed = await must("pnpm", words, { cwd: home, failure: `${home} could not be packed` });
    const { filename } = JSON.parse(printed.slice(printed.indexOf("{")));
    packed.set(name, { home, tarball: path.resolve(folder, filename) });
    for (const other of Object.keys(dependencies)) {
      if (other.startsWith("@oriel/")) await pack(path.join(root, "packages", other.slice("@oriel/".length)));
    }
  };
  for (const home of homes) await pack(path.resolve(root, home));
  return packed;
}

/**
 * Installs packed packages with npm into a project, as a user does.
 *
 * @param {string} project its folder
 * @param {ReadonlyMap<string, PackedPackage>} packed
 * @param {Iterable<string>} [names] of those that the project depends on itself; all unless given
 */
export async function installPacked(project, packed, names = packed.keys()) {
  const registry = await servePackages([...packed.values()].map(({ tarball }) => tarball));
  try {
    await writeFile(path.join(project, ".npmrc"), registry.npmrc);
    const manifest = { private: true, type: "module", dependencies: Object.fromEntries([...names].map((name) => [name, "*"])) };
    await writeFile(path.join(project, "package.json"), JSON.stringify(manifest));
    await must("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--loglevel=error"], {
      cwd: project,
      failure: "the packed packages cannot be installed with npm",
    });
  } finally {
    registry.close();
  }
}
