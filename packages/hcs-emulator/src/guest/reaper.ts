import { access, constants } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { fixedAddresses } from "../fixed-addresses.ts";
import type { WineInstallation } from "../wine-installation.ts";

const reaperImage = fileURLToPath(new URL("../../guest/reaper", import.meta.url));

export interface AgentCommand {
  readonly words: readonly string[];
  /** Whether it becomes a reaper: the parent of all processes of the prefix, which notes those that a signal ends. */
  readonly isReaper: boolean;
}

/**
 * The command that runs the agent. Wine's processes are orphans by design, so it runs below a reaper (guest/reaper.c), which
 * is built for Linux on x86-64: elsewhere nobody notices that a signal has ended a process, or wineserver.
 * @param deaths file for what the reaper notes
 */
export async function agentCommand(wine: WineInstallation, agent: string, deaths: string): Promise<AgentCommand> {
  const before = await fixedAddresses();
  const isReaper =
    process.platform === "linux" &&
    process.arch === "x64" &&
    (await access(reaperImage, constants.X_OK).then(
      () => true,
      () => false,
    ));
  return { words: [...before, ...(isReaper ? [reaperImage, deaths] : []), wine.loader, agent], isReaper };
}
