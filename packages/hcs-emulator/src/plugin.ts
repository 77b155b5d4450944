import { hostInspectorToken, loggerToken, type Plugin, rawHcsToken } from "@oriel/core";
import { createEmulatedHcs, type EmulatedHcs } from "./emulated-hcs.ts";
import { createHostInspector } from "./host/host-inspector.ts";

/** The emulated Host Compute Service, and the facts of the host that it emulates. */
export const emulatedHcsPlugin: Plugin = {
  id: "oriel.hcs-emulator",
  provides: [rawHcsToken, hostInspectorToken],
  requires: [loggerToken],
  register(services, config) {
    let made: EmulatedHcs | undefined;
    const emulator = (): EmulatedHcs => {
      made ??= createEmulatedHcs({ root: config.root, ...config.emulator });
      return made;
    };
    services.provide(rawHcsToken, emulator, {
      start: async () => {
        const logger = services.resolve(loggerToken);
        for (const line of await emulator().start()) logger.warn({ service: "hcs-emulator" }, line);
      },
      stop: () => emulator().close(),
    });
    services.provide(hostInspectorToken, () => createHostInspector(emulator()));
  },
};
