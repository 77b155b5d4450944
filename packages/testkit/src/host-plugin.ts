import {
  type Logger,
  loggerToken,
  type Plugin,
  type RawHcs,
  type ResourceJournal,
  rawHcsToken,
  resourceJournalToken,
  silentLogger,
} from "@oriel/contracts";
import { createFakeRawHcs } from "./fake-hcs/fake-raw-hcs.ts";
import { memoryJournal } from "./memory-journal.ts";

export interface HostPluginOptions {
  /** @default a fake */
  readonly raw?: RawHcs;
  /** @default one in memory */
  readonly journal?: ResourceJournal;
  /** @default a silent one */
  readonly logger?: Logger;
}

/** A plugin that provides what plugins of storage, runtimes and networks depend on, for their tests. */
export function hostPlugin({
  raw = createFakeRawHcs().raw,
  journal = memoryJournal(),
  logger = silentLogger,
}: HostPluginOptions = {}): Plugin {
  return {
    id: "test.host",
    provides: { raw: rawHcsToken, journal: resourceJournalToken, logger: loggerToken },
    deps: {},
    create: () => ({ raw, journal, logger }),
  };
}
