import { findWine } from "../../../packages/hcs-emulator/src/wine-installation.ts";
import { runCommand } from "../command.ts";

/** Major versions of the programs that take part in a scenario beside the daemon. */
export interface ProgramVersions {
  /** Docker's command line. */
  readonly docker: number;
  readonly wine: number;
}

/** @throws Error for a program that does not say its version */
export async function installedVersions(): Promise<ProgramVersions> {
  const { stdout } = await runCommand("docker", ["--version"]);
  return { docker: majorVersion(stdout), wine: majorVersion((await findWine())?.version ?? "no Wine") };
}

/** @throws Error for a text without a version */
export function majorVersion(text: string): number {
  const found = /(\d+)\.\d/.exec(text)?.[1];
  if (found === undefined) throw new Error(`'${text.trim()}' names no version, such as 'wine-10.0' does`);
  return Number(found);
}
