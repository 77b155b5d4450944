import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { must } from "./command.mjs";
import { root } from "./paths.mjs";

/**
 * Packs a package as `pnpm publish` would.
 *
 * @param {string} home its folder, from the root of the repository
 * @param {string} folder for the tarball
 * @returns {Promise<string>} absolute path of the tarball
 */
export async function packPackage(home, folder) {
  const printed = await must("pnpm", ["pack", "--json", "--pack-destination", folder], {
    cwd: path.join(root, home),
    failure: `${home} could not be packed`,
  });
  const { filename } = JSON.parse(printed.slice(printed.indexOf("{")));
  return path.resolve(folder, filename);
}

/**
 * Packs packages of this workspace with those that they depend on, and installs them with npm, as a user does. They must be built.
 *
 * @param {string} project a folder
 * @param {readonly string[]} homes folders of the packages, from the root of the repository
 */
export async function installPackages(project, homes) {
  const folder = path.join(project, "tarballs");
  await mkdir(folder, { recursive: true });
  /** @type {Map<string, string>} tarballs by the package's folder */
  const tarballs = new Map();
  /** @param {string} home */
  const pack = async (home) => {
    const { name, dependencies = {} } = JSON.parse(await readFile(path.join(root, home, "package.json"), "utf8"));
    if (tarballs.has(home)) return name;
    tarballs.set(home, await packPackage(home, folder));
    for (const other of Object.keys(dependencies)) {
      if (other.startsWith("@oriel/")) await pack(path.join("packages", other.slice("@oriel/".length)));
    }
    return name;
  };
  const names = [];
  for (const home of homes) names.push(await pack(home));
  await installTarballs(project, [...tarballs.values()], names);
}

/**
 * Installs packed packages with npm into a folder that is no project yet.
 *
 * @param {string} project
 * @param {readonly string[]} tarballs absolute paths: those packages, and all of this workspace that they depend on
 * @param {readonly string[]} names of the packages that the project asks for
 */
export async function installTarballs(project, tarballs, names) {
  const registry = await serveTarballs(tarballs);
  try {
    await writeFile(path.join(project, ".npmrc"), registry.npmrc);
    const manifest = { name: "project", private: true, type: "module", dependencies: Object.fromEntries(names.map((name) => [name, "*"])) };
    await writeFile(path.join(project, "package.json"), JSON.stringify(manifest));
    await must("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--loglevel=error"], {
      cwd: project,
      failure: "the packed packages cannot be installed with npm",
    });
  } finally {
    registry.close();
  }
}

/**
 * Serves packed packages on loopback as a registry of npm does: they name one another by version, and no registry has them yet.
 * (Overrides by files would do with newer versions of npm; version 9 refuses them.)
 *
 * @param {readonly string[]} tarballs
 * @returns {Promise<{ npmrc: string, close: () => void }>} what a project's `.npmrc` says, so that npm looks for their scopes here
 *   and for all others where it always does
 */
async function serveTarballs(tarballs) {
  /** @type {Map<string, { manifest: { name: string, version: string }, data: Buffer }>} */
  const packages = new Map();
  for (const tarball of tarballs) {
    const text = await must("tar", ["-xzOf", tarball, "package/package.json"], { failure: `${tarball} cannot be read` });
    const manifest = JSON.parse(text);
    packages.set(manifest.name, { manifest, data: await readFile(tarball) });
  }

  const server = createServer((request, response) => {
    const [name = "", file] = decodeURIComponent(request.url ?? "")
      .slice(1)
      .split("/-/");
    const found = packages.get(name);
    if (found === undefined) response.writeHead(404).end("{}");
    else if (file === undefined) response.setHeader("content-type", "application/json").end(JSON.stringify(packument(found)));
    else response.end(found.data);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const origin = `http://127.0.0.1:${port}`;

  /** @param {{ manifest: { name: string, version: string }, data: Buffer }} one */
  function packument({ manifest, data }) {
    const { name, version } = manifest;
    const integrity = `sha512-${createHash("sha512").update(data).digest("base64")}`;
    const dist = { tarball: `${origin}/${name}/-/${version}.tgz`, integrity };
    return { name, "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } } };
  }

  const scopes = new Set([...packages.keys()].map((name) => name.split("/")[0]));
  return {
    npmrc: [...scopes].map((scope) => `${scope}:registry=${origin}/\n`).join(""),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
