import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { must, run } from "./command.mjs";
import { installPacked } from "./pack-packages.mjs";
import { root } from "./paths.mjs";

/**
 * What is wrong with the files of a packed package: maps of sources that are not in it, and declarations that name types of
 * Node.js without a dependency that has them.
 *
 * @param {string} tarball
 * @param {string} folder where it is unpacked; it must be there
 * @returns {Promise<string[]>}
 */
export async function judgeFiles(tarball, folder) {
  await must("tar", ["-xzf", tarball, "-C", folder], { failure: `${tarball} cannot be unpacked` });
  const home = path.join(folder, "package");
  const { dependencies = {} } = JSON.parse(await readFile(path.join(home, "package.json"), "utf8"));
  const faults = [];
  let namesNode = false;
  let refersToNode = false;
  for (const name of await readdir(home, { recursive: true })) {
    if (name.endsWith(".map")) faults.push(`${name}: maps sources that are not in the package`);
    if (!/\.(js|ts)$/.test(name)) continue;
    const text = await readFile(path.join(home, name), "utf8");
    if (text.includes("//# sourceMappingURL=")) faults.push(`${name}: names a source map`);
    if (!name.endsWith(".d.ts")) continue;
    namesNode ||= /\bfrom "node:|\bimport\("node:|\bNodeJS\.|\bBuffer\b/.test(text.replace(/\/\*.*?\*\/|\/\/.*/gs, ""));
    refersToNode ||= text.startsWith('/// <reference types="node"');
  }
  if (namesNode && dependencies["@types/node"] === undefined) faults.push("its types name Node.js's, and @types/node is no dependency");
  if (namesNode && !refersToNode) faults.push("its types name Node.js's, and no declaration refers to them");
  return faults;
}

/**
 * Installs packed packages with npm into an empty project, and checks there that their programs may be run, and the types of
 * their declarations and of the examples in their READMEs, with no types but those that they bring.
 *
 * @param {ReadonlyMap<string, import("./pack-packages.mjs").PackedPackage>} packed
 * @param {string} project an empty folder
 * @returns {Promise<string[]>} what is wrong
 */
export async function judgeInstalled(packed, project) {
  await installPacked(project, packed);
  const faults = [];
  for (const name of packed.keys()) faults.push(...(await programsNobodyRuns(path.join(project, "node_modules", name))));
  await mkdir(path.join(project, "src"));
  for (const { home } of packed.values()) {
    const readme = await readFile(path.join(home, "README.md"), "utf8");
    const blocks = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, text = ""]) => text);
    for (const [index, text] of blocks.entries()) {
      await writeFile(path.join(project, "src", `${path.basename(home)}-${index + 1}.ts`), `${text}\nexport {};\n`);
    }
  }
  const every = [...packed.keys()].map((name, index) => `export * as package${index} from ${JSON.stringify(name)};\n`);
  await writeFile(path.join(project, "src", "every-package.ts"), every.join(""));
  const compilerOptions = {
    module: "nodenext",
    target: "es2023",
    lib: ["es2023", "esnext.disposable"],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
  };
  await writeFile(path.join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }));
  const { code, output } = await run(process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), "-p", project], {
    cwd: project,
  });
  return code === 0 ? faults : [...faults, output.trim()];
}

/**
 * Programs for Linux that are not executable for everybody.
 *
 * @param {string} home folder of an installed package
 */
async function programsNobodyRuns(home) {
  const faults = [];
  for (const entry of await readdir(home, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (!entry.isFile() || (await readFile(file)).toString("latin1", 0, 4) !== "\x7fELF") continue;
    if (((await stat(file)).mode & 0o111) !== 0o111) faults.push(`${file}: is no executable file`);
  }
  return faults;
}
