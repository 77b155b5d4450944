import os from "node:os";
import { type HostFacts, type HostInspector, registryText } from "@oriel/contracts";
import type { WindowsHcs } from "./windows-hcs.ts";

const goArchitectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

/** Facts of a Windows host. */
export function createHostInspector(hcs: WindowsHcs, imageBuilds: HostFacts["imageBuilds"] = "matching"): HostInspector {
  return {
    inspect: async () => {
      const [{ version }, product] = await Promise.all([
        hcs.win32.RtlGetVersion(),
        hcs.win32.RegGetString("SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion", "ProductName"),
      ]);
      const numbers = `${version.major}.${version.minor}.${version.build}.${version.revision}`;
      return {
        provider: "windows",
        operatingSystem: `${product.value || "Windows"} (${numbers})`,
        osVersion: version,
        imageBuilds,
        architecture: goArchitectures[process.arch] ?? process.arch,
        hostname: os.hostname(),
        processors: os.availableParallelism(),
        memory: os.totalmem(),
        securityOptions: [],
        warnings: [],
        containerWarnings: [],
      };
    },
    registryText: (key, name) => registryText(hcs.win32, key, name),
  };
}
