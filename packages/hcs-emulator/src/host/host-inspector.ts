import os from "node:os";
import { type HostFacts, type HostInspector, registryText } from "@oriel/contracts";
import type { EmulatedHcs } from "../emulated-hcs.ts";
import { installWine } from "../wine-installation.ts";
import { containmentFacts } from "./containment-facts.ts";
import { networkFacts } from "./network-facts.ts";

const goArchitectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

/** Facts of a host with an emulated service: the machine's own, but for the Windows version that containers see. */
export function createHostInspector(hcs: EmulatedHcs, imageBuilds: HostFacts["imageBuilds"] = "matching"): HostInspector {
  return {
    inspect: async () => {
      const { wine, rootfs, containment, network, limits } = await hcs.describe();
      const { version } = await hcs.win32.RtlGetVersion();
      const { securityOptions, containerWarnings, ...contained } = containmentFacts(containment, process.getuid?.() === 0);
      // Programs that nothing contains have the host's network with all else.
      const networked = containment === undefined ? { warnings: [], containerWarnings: [] } : networkFacts(network);
      const warnings = [...contained.warnings, ...networked.warnings];
      if (wine === undefined) warnings.push(`Wine is not installed, so containers cannot start: ${installWine}`);
      if (rootfs === "copy") warnings.push("this host allows no overlay mounts: each container's root is a copy of its image");
      if (limits.kind === "none") warnings.push(`limits of memory and processors are not kept: ${limits.why}`);
      return {
        provider: "emulated",
        operatingSystem: `Windows (emulated by ${wine?.version ?? "no Wine"} on ${os.type()} ${os.release()})`,
        osVersion: version,
        imageBuilds,
        architecture: goArchitectures[process.arch] ?? process.arch,
        hostname: os.hostname(),
        processors: os.availableParallelism(),
        memory: os.totalmem(),
        securityOptions,
        warnings,
        containerWarnings: [...containerWarnings, ...networked.containerWarnings],
      };
    },
    registryText: (key, name) => registryText(hcs.win32, key, name),
  };
}
