import { hostInspectorToken, loggerToken, type OrielConfig, type Plugin, rawHcsToken } from "@oriel/core";
import { createHostInspector } from "./windows/host-inspector.ts";
import type { WindowsLibraries } from "./windows/libraries.ts";
import { createWindowsHcs, type WindowsHcs } from "./windows/windows-hcs.ts";

/** The Host Compute Service of Windows, and the facts of its host. */
export const windowsHcsPlugin: Plugin = {
  id: "oriel.hcs-bindings",
  provides: [rawHcsToken, hostInspectorToken],
  requires: [loggerToken],
  register(services, config) {
    let made: WindowsHcs | undefined;
    const service = (): WindowsHcs => {
      made ??= createWindowsHcs({ libraries: configured(config.windows), maxThreads: config.windows.threads });
      return made;
    };
    services.provide(rawHcsToken, service, {
      start: async () => {
        await service().start();
        const own = Object.entries(configured(config.windows));
        if (own.length > 0) {
          services
            .resolve(loggerToken)
            .warn({ service: "hcs-bindings", ...Object.fromEntries(own) }, "DLLs other than Windows' own are used");
        }
      },
      stop: () => service().close(),
    });
    // Another DLL need not stand for this Windows: it decides itself.
    const imageBuilds = config.windows.vmcompute === "" ? config.imageBuilds : "any";
    services.provide(hostInspectorToken, () => createHostInspector(service(), imageBuilds));
  },
};

/** A path that is empty stands for Windows' own DLL. */
function configured({ vmcompute, computestorage, virtdisk, backup }: OrielConfig["windows"]): Partial<WindowsLibraries> {
  return Object.fromEntries(Object.entries({ vmcompute, computestorage, virtdisk, backup }).filter(([, file]) => file !== ""));
}
