import { readFile } from "node:fs/promises";
import { hostInspectorToken, InvalidArgumentError, loggerToken, type Plugin, rawHcsToken } from "@oriel/core";
import { createEmulatedHcs, type EmulatedHcs } from "./emulated-hcs.ts";
import type { Fault } from "./faults/fault.ts";
import { parseFaults } from "./faults/parse-faults.ts";
import { createHostInspector } from "./host/host-inspector.ts";

/** The emulated Host Compute Service, and the facts of the host that it emulates. */
export const emulatedHcsPlugin: Plugin = {
  id: "oriel.hcs-emulator",
  provides: [rawHcsToken, hostInspectorToken],
  requires: [loggerToken],
  register(services, config) {
    let made: EmulatedHcs | undefined;
    const emulator = (): EmulatedHcs => {
      const { wine, rootfs, osVersion, isolation, network, processes } = config.emulator;
      made ??= createEmulatedHcs({
        root: config.root,
        wine,
        rootfs,
        osVersion,
        isolation,
        network,
        processes,
        onWarning: (message) => services.resolve(loggerToken).warn({ service: "hcs-emulator" }, message),
      });
      return made;
    };
    services.provide(rawHcsToken, emulator, {
      start: async () => {
        const logger = services.resolve(loggerToken);
        const file = config.emulator.faults;
        if (file !== "") {
          const faults = await readFaults(file);
          emulator().faults.set(faults);
          logger.warn({ service: "hcs-emulator", file, faults: faults.length }, "faults are injected on purpose");
        }
        for (const line of await emulator().start()) logger.warn({ service: "hcs-emulator" }, line);
      },
      stop: () => emulator().close(),
    });
    services.provide(hostInspectorToken, () => createHostInspector(emulator(), config.imageBuilds));
  },
};

async function readFaults(file: string): Promise<readonly Fault[]> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new InvalidArgumentError(`emulator.faults: ${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      op: "emulated-hcs.faults",
      cause,
    });
  });
  return parseFaults(text, file);
}
