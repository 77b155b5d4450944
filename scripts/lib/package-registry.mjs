import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { must } from "./command.mjs";

/**
 * Serves packed packages on loopback as a registry of npm does, as packages that no registry has yet name one another by
 * version. (Overrides by files would do with new versions of npm; version 9 refuses them.)
 *
 * @param {Iterable<string>} tarballs absolute paths
 * @returns {Promise<{ npmrc: string, close: () => void }>} what a project's `.npmrc` says, so that npm looks for these packages here
 *   and for all others where it does
 */
export async function servePackages(tarballs) {
  /** @type {Map<string, { packument: (origin: string) => object, data: Buffer }>} */
  const packages = new Map();
  for (const tarball of tarballs) {
    const manifest = JSON.parse(await must("tar", ["-xzOf", tarball, "package/package.json"], { failure: `${tarball} cannot be read` }));
    const { name, version } = manifest;
    const data = await readFile(tarball);
    const integrity = `sha512-${createHash("sha512").update(data).digest("base64")}`;
    const packument = (/** @type {string} */ origin) => ({
      name,
      "dist-tags": { latest: version },
      versions: { [version]: { ...manifest, dist: { tarball: `${origin}/${name}/-/${path.basename(tarball)}`, integrity } } },
    });
    packages.set(name, { packument, data });
  }

  const server = createServer((request, response) => {
    const [name = "", file] = decodeURIComponent(request.url ?? "")
      .slice(1)
      .split("/-/");
    const found = packages.get(name);
    if (found === undefined) response.writeHead(404).end("{}");
    else if (file === undefined) response.setHeader("content-type", "application/json").end(JSON.stringify(found.packument(origin)));
    else response.end(found.data);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`;
  const scopes = new Set([...packages.keys()].map((name) => name.split("/")[0]));
  return {
    npmrc: [...scopes].map((scope) => `${scope}:registry=${origin}/\n`).join(""),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
