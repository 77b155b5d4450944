import { readFile } from "node:fs/promises";
import { definePlugin, hostInspectorToken, InvalidArgumentError, loggerToken, rawHcsToken } from "@oriel/contracts";
import { createEmulatedHcs } from "./emulated-hcs.ts";
import type { Fault } from "./faults/fault.ts";
import { parseFaults } from "./faults/parse-faults.ts";
import { createHostInspector } from "./host/host-inspector.ts";

/** The emulated Host Compute Service, and the facts of the host that it emulates. */
export const emulatedHcsPlugin = definePlugin({
  id: "oriel.hcs-emulator",
  provides: { raw: rawHcsToken, host: hostInspectorToken },
  deps: { logger: loggerToken },
  create({ logger }, config) {
    const { wine, rootfs, osVersion, isolation, network, processes } = config.emulator;
    const onWarning = (message: string) => logger.warn({ service: "hcs-emulator" }, message);
    const raw = createEmulatedHcs({ root: config.root, wine, rootfs, osVersion, isolation, network, processes, onWarning });
    return { raw, host: createHostInspector(raw, config.imageBuilds) };
  },
  async start({ raw }, { logger }, config) {
    const file = config.emulator.faults;
    if (file !== "") {
      const faults = await readFaults(file);
      raw.faults.set(faults);
      logger.warn({ service: "hcs-emulator", file, faults: faults.length }, "faults are injected on purpose");
    }
    for (const line of await raw.start()) logger.warn({ service: "hcs-emulator" }, line);
  },
  stop: ({ raw }) => raw.close(),
});

async function readFaults(file: string): Promise<readonly Fault[]> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new InvalidArgumentError(`emulator.faults: ${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      op: "emulated-hcs.faults",
      cause,
    });
  });
  return parseFaults(text, file);
}
