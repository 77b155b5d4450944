import { constants } from "node:fs";
import { access, lstat, readlink, stat } from "node:fs/promises";
import path from "node:path";

/** As many links as the kernel follows in one path. */
const mostLinks = 40;

/** The path on the host of what a process whose root is `root` sees at `inside`; links in it stay within the root. */
export async function pathInRoot(root: string, inside: string): Promise<string> {
  let names = inside.split("/");
  let at: string[] = [];
  for (let links = 0; names.length > 0; ) {
    const [name = "", ...rest] = names;
    names = rest;
    if (name === "" || name === ".") continue;
    if (name === "..") {
      at = at.slice(0, -1);
      continue;
    }
    const file = path.join(root, ...at, name);
    const found = await lstat(file).catch(() => undefined);
    if (found?.isSymbolicLink() !== true) {
      at = [...at, name];
      continue;
    }
    links += 1;
    if (links > mostLinks) throw Object.assign(new Error(`ELOOP: too many links in '${inside}'`), { code: "ELOOP" });
    const target = await readlink(file);
    if (target.startsWith("/")) at = [];
    names = [...target.split("/"), ...names];
  }
  return path.join(root, ...at);
}

/**
 * Where the program is that a process would run: a path, or a name that is looked for in the folders of PATH.
 * @returns its path inside; undefined when there is none that can be run
 */
export async function findProgram(root: string, name: string, cwd: string, searchPath: string): Promise<string | undefined> {
  const candidates = name.includes("/")
    ? [path.posix.resolve("/", cwd, name)]
    : searchPath.split(":").map((folder) => path.posix.resolve("/", cwd, folder, name));
  for (const candidate of candidates) {
    const file = await pathInRoot(root, candidate).catch(() => undefined);
    if (file === undefined) continue;
    const runs = await access(file, constants.X_OK).then(
      async () => (await stat(file)).isFile(),
      () => false,
    );
    if (runs) return candidate;
  }
  return undefined;
}
