import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Programs of the host (util-linux) that Linux containers are made with; absolute paths. */
export interface LinuxTools {
  readonly unshare: string;
  readonly nsenter: string;
  readonly mount: string;
}

const folders = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"];

/** The absolute path of a program of the host; undefined where it is not installed. PATH is the user's, and is not looked at. */
export async function findProgramOfHost(name: string): Promise<string | undefined> {
  for (const folder of folders) {
    const file = path.join(folder, name);
    const executable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return file;
  }
  return undefined;
}

/**
 * The programs, when this process may make namespaces with them.
 * @returns the reason when it may not, as the rest of a sentence
 */
export async function findLinuxTools(): Promise<LinuxTools | string> {
  if (process.platform !== "linux") return `this host is no Linux (${process.platform})`;
  const [unshare, nsenter, mount] = await Promise.all(["unshare", "nsenter", "mount"].map(findProgramOfHost));
  if (unshare === undefined || nsenter === undefined || mount === undefined) return "util-linux (unshare, nsenter, mount) is not installed";
  try {
    await run(unshare, [...namespaceFlags, "--fork", "true"], { timeout: 10_000 });
  } catch (error) {
    return `the host lets this user make no namespaces: ${firstLine(error)}`;
  }
  return { unshare, nsenter, mount };
}

/** What a container has of its own. The host's network it shares. */
export const namespaceFlags = ["--mount", "--pid", "--uts", "--ipc"] as const;

/** What a program said last, which is why it failed. */
export function firstLine(error: unknown): string {
  const said = typeof error === "object" && error !== null && "stderr" in error ? String(error.stderr).trim() : "";
  return (said || (error instanceof Error ? error.message : String(error))).split("\n")[0] ?? "";
}
