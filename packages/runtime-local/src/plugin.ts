import { containerRuntimeToken, loggerToken, type Plugin, rawHcsToken, resourceJournalToken } from "@oriel/core";
import { LocalRuntime } from "./local-runtime.ts";

/** The container runtime over the Host Compute Service, in process. */
export const localRuntimePlugin: Plugin = {
  id: "oriel.runtime-local",
  provides: [containerRuntimeToken],
  requires: [rawHcsToken, resourceJournalToken, loggerToken],
  register(services, config) {
    services.provide(
      containerRuntimeToken,
      (registry) =>
        new LocalRuntime({
          raw: registry.resolve(rawHcsToken),
          journal: registry.resolve(resourceJournalToken),
          logger: registry.resolve(loggerToken),
          deadlines: config.deadlines,
          ...(config.linuxKernels ? { linux: { folder: config.linuxKernels } } : {}),
        }),
    );
  },
};
