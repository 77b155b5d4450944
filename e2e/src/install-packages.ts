import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { runCommand } from "./command.ts";
import { repository } from "./daemon.ts";

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * Packs packages of this workspace as they would be published, and installs them with npm into a folder, as a user does.
 * Those that they depend on, which no registry has yet, are packed as well. They must be built.
 *
 * @param homes folders of the packages, from the root of the repository
 */
export async function installPackages(folder: string, homes: readonly string[]): Promise<void> {
  const tarballs = path.join(folder, "tarballs");
  await mkdir(tarballs, { recursive: true });
  const packed = new Map<string, string>();
  const names: string[] = [];
  const pack = async (home: string): Promise<string> => {
    const { name, dependencies = {} } = JSON.parse(await readFile(path.join(repository, home, "package.json"), "utf8")) as Manifest;
    if (packed.has(name)) return name;
    const printed = await must("pnpm", ["pack", "--json", "--pack-destination", tarballs], path.join(repository, home));
    const { filename } = JSON.parse(printed.slice(printed.indexOf("{"))) as { readonly filename: string };
    packed.set(name, `file:${path.resolve(tarballs, filename)}`);
    for (const other of Object.keys(dependencies)) {
      if (other.startsWith("@oriel/")) await pack(path.join("packages", other.slice("@oriel/".length)));
    }
    return name;
  };
  for (const home of homes) names.push(await pack(home));

  const fileOf = (name: string): [string, string] => [name, packed.get(name) ?? ""];
  const manifest = {
    private: true,
    dependencies: Object.fromEntries(names.map(fileOf)),
    // Packages name one another by version; those versions are the tarballs.
    overrides: Object.fromEntries([...packed.keys()].filter((name) => !names.includes(name)).map(fileOf)),
  };
  await writeFile(path.join(folder, "package.json"), JSON.stringify(manifest));
  await must("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--loglevel=error"], folder);
}

async function must(command: string, words: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await runCommand(command, words, { cwd, timeout: 150_000 });
  if (code !== 0) throw new Error(`${command} ${words.join(" ")} failed with ${code} in ${cwd}:\n${stdout}${stderr}`);
  return stdout;
}
