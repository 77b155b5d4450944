import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { namedErrors } from "./linux-errors.ts";

const run = promisify(execFile);

/** Programs that Linux containers are made with; absolute paths. */
export interface LinuxTools {
  /** Ours: guest/linux-container.c */
  readonly container: string;
  /** util-linux's. */
  readonly mount: string;
}

const folders = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"];
const containerImage = fileURLToPath(new URL("../../guest/linux-container", import.meta.url));

/** The absolute path of a program of the host; undefined where it is not installed. PATH is the user's, and is not looked at. */
export async function findProgramOfHost(name: string, among: readonly string[] = folders): Promise<string | undefined> {
  for (const folder of among) {
    const file = path.join(folder, name);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );

const thisHost = { platform: process.platform, arch: process.arch, container: containerImage, folders };

/**
 * The programs, when this process may make namespaces with them.
 * @returns the reason when it may not, as the rest of a sentence
 */
export async function findLinuxTools(host: Readonly<Partial<typeof thisHost>> = {}): Promise<LinuxTools | string> {
  const { platform, arch, container, folders: among } = { ...thisHost, ...host };
  if (platform !== "linux") return `this host is no Linux (${platform})`;
  if (arch !== "x64") return `${container} is built for x86-64, and this host is another machine (${arch})`;
  if (!(await isExecutable(container))) return `${container} is missing, or may not be run`;
  const mount = await findProgramOfHost("mount", among);
  if (mount === undefined) return "util-linux (mount) is not installed";
  try {
    await run(container, ["probe"], { timeout: 10_000, env: {} });
  } catch (error) {
    return `the host lets this user make no namespaces: ${namedErrors(firstLine(error))}`;
  }
  return { container, mount };
}

/** What a program said last, which is why it failed. */
export function firstLine(error: unknown): string {
  const said = typeof error === "object" && error !== null && "stderr" in error ? String(error.stderr).trim() : "";
  return (said || (error instanceof Error ? error.message : String(error))).split("\n")[0] ?? "";
}
