import { containerRuntimeToken, definePlugin, loggerToken, rawHcsToken, resourceJournalToken } from "@oriel/contracts";
import { LocalRuntime } from "./local-runtime.ts";

/** The container runtime over the Host Compute Service, in process. */
export const localRuntimePlugin = definePlugin({
  id: "oriel.runtime-local",
  provides: { runtime: containerRuntimeToken },
  deps: { raw: rawHcsToken, journal: resourceJournalToken, logger: loggerToken },
  create({ raw, journal, logger }, { deadlines, linuxKernels }) {
    const linux = linuxKernels ? { linux: { folder: linuxKernels } } : {};
    return { runtime: new LocalRuntime({ raw, journal, logger, deadlines, ...linux }) };
  },
});
