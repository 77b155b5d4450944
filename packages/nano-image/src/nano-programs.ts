import { access, readFile } from "node:fs/promises";
import path from "node:path";
import { InvalidArgumentError } from "@oriel/contracts";

/** Without these nothing runs: the shell, the console, and what stands behind drives, network adapters and services. */
export const requiredPrograms: readonly string[] = [
  "cmd.exe",
  "conhost.exe",
  "services.exe",
  "winedevice.exe",
  "mountmgr.sys",
  "nsiproxy.sys",
];

/** The console tools that are taken where Wine has them and where they do something. */
export const defaultTools: readonly string[] = [
  "attrib.exe",
  "cacls.exe",
  "chcp.com",
  "expand.exe",
  "fc.exe",
  "find.exe",
  "findstr.exe",
  "fsutil.exe",
  "hostname.exe",
  "icacls.exe",
  "ipconfig.exe",
  "more.com",
  "net.exe",
  "netstat.exe",
  "ping.exe",
  "reg.exe",
  "sc.exe",
  "setx.exe",
  "sort.exe",
  "start.exe",
  "subst.exe",
  "systeminfo.exe",
  "taskkill.exe",
  "tasklist.exe",
  "timeout.exe",
  "tree.com",
  "where.exe",
  "whoami.exe",
  "xcopy.exe",
];

/** DLLs that are loaded by name, so that no import shows them, and those that console programs of others import. */
export const commonLibraries: readonly string[] = [
  "bcrypt.dll",
  "bcryptprimitives.dll",
  "crypt32.dll",
  "cryptbase.dll",
  "dbghelp.dll",
  "dnsapi.dll",
  "icmp.dll",
  "imm32.dll",
  "iphlpapi.dll",
  "mswsock.dll",
  "ncrypt.dll",
  "normaliz.dll",
  "powrprof.dll",
  "psapi.dll",
  "rsaenh.dll",
  "secur32.dll",
  "tzres.dll",
  "userenv.dll",
  "vcruntime140.dll",
  "version.dll",
  "winhttp.dll",
  "winmm.dll",
  "ws2_32.dll",
  "wtsapi32.dll",
];

export interface ProgramChoice {
  /** File names to take. */
  readonly programs: readonly string[];
  /** Tools that were wanted and not taken. `stub`: Wine's does nothing but say so in its log, and claims success. */
  readonly skipped: readonly { readonly name: string; readonly reason: "missing" | "stub" }[];
}

/**
 * Chooses what of Wine's programs goes into the image.
 *
 * @param folder Wine's folder of Windows programs
 * @param tools names with or without `.exe`; they must exist then, and a stub is taken too, as it was asked for
 * @throws InvalidArgumentError naming the tools that Wine does not have
 */
export async function choosePrograms(folder: string, tools?: readonly string[]): Promise<ProgramChoice> {
  const libraries = await filter(commonLibraries, (name) => exists(folder, name));
  const base = [...requiredPrograms, ...libraries];
  if (tools !== undefined) return { programs: [...base, ...(await resolveTools(folder, tools))], skipped: [] };

  const programs: string[] = [];
  const skipped: { name: string; reason: "missing" | "stub" }[] = [];
  for (const name of defaultTools) {
    if (!(await exists(folder, name))) skipped.push({ name, reason: "missing" });
    else if (await isStub(path.join(folder, name))) skipped.push({ name, reason: "stub" });
    else programs.push(name);
  }
  return { programs: [...base, ...programs], skipped };
}

async function resolveTools(folder: string, tools: readonly string[]): Promise<string[]> {
  const names: string[] = [];
  const unknown: string[] = [];
  for (const tool of tools) {
    // A path would let the image take files from outside of Wine's folder.
    const plain = /^[a-z0-9_-]+(?:\.[a-z0-9]+)*$/i.test(tool) ? tool.toLowerCase() : undefined;
    const candidates = plain === undefined ? [] : [plain, `${plain}.exe`, `${plain}.com`];
    const [name] = await filter(candidates, (each) => exists(folder, each));
    if (name === undefined) unknown.push(tool);
    else names.push(name);
  }
  if (unknown.length > 0) {
    throw new InvalidArgumentError(`Wine's programs in ${folder} have no ${unknown.map((each) => `'${each}'`).join(", ")}`, {
      op: "nano.build",
      resource: unknown.join(", "),
    });
  }
  return names;
}

/**
 * Whether a program of Wine is one of its placeholders. Their source is the same everywhere: they log "stub:" and their
 * arguments, and exit with 0.
 */
async function isStub(file: string): Promise<boolean> {
  const content = await readFile(file);
  return content.includes("\0stub:\0", 0, "latin1");
}

async function filter(names: readonly string[], keep: (name: string) => Promise<boolean>): Promise<string[]> {
  const kept: string[] = [];
  for (const name of names) if (await keep(name)) kept.push(name);
  return kept;
}

async function exists(folder: string, name: string): Promise<boolean> {
  return access(path.join(folder, name)).then(
    () => true,
    () => false,
  );
}
