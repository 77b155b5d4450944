import { containerRuntimeToken, definePlugin, loggerToken, rawHcsToken, resourceJournalToken } from "@oriel/contracts";
import { TimedRuntime } from "./timed-runtime.ts";

export const plugin = definePlugin({
  id: "@oriel-examples/timed-runtime",
  provides: { runtime: containerRuntimeToken },
  deps: { raw: rawHcsToken, journal: resourceJournalToken, logger: loggerToken },
  create: (deps, { deadlines }) => ({ runtime: new TimedRuntime({ ...deps, deadlines }) }),
});
