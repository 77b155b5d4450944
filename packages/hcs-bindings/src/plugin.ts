import { definePlugin, hostInspectorToken, loggerToken, type OrielConfig, rawHcsToken } from "@oriel/contracts";
import { createHostInspector } from "./windows/host-inspector.ts";
import type { WindowsLibraries } from "./windows/libraries.ts";
import { createWindowsHcs } from "./windows/windows-hcs.ts";

/** The Host Compute Service of Windows, and the facts of its host. */
export const windowsHcsPlugin = definePlugin({
  id: "oriel.hcs-bindings",
  provides: { raw: rawHcsToken, host: hostInspectorToken },
  deps: { logger: loggerToken },
  create(_deps, config) {
    const raw = createWindowsHcs({ libraries: configured(config.windows), maxThreads: config.windows.threads });
    // Another DLL need not stand for this Windows: it decides itself.
    const imageBuilds = config.windows.vmcompute === "" ? config.imageBuilds : "any";
    return { raw, host: createHostInspector(raw, imageBuilds) };
  },
  async start({ raw }, { logger }, config) {
    await raw.start();
    const own = configured(config.windows);
    if (Object.keys(own).length > 0) logger.warn({ service: "hcs-bindings", ...own }, "DLLs other than Windows' own are used");
  },
  stop: ({ raw }) => raw.close(),
});

/** A path that is empty stands for Windows' own DLL. */
function configured({ vmcompute, computestorage, virtdisk, backup }: OrielConfig["windows"]): Partial<WindowsLibraries> {
  return Object.fromEntries(Object.entries({ vmcompute, computestorage, virtdisk, backup }).filter(([, file]) => file !== ""));
}
