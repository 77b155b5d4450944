import type { Logger, RawHcs, ResourceJournal } from "@oriel/contracts";
import type { HnsClient } from "./hns/hns-client.ts";
import type { NetworkStore } from "./state/network-store.ts";
import type { UndoneLate } from "./state/undone-late.ts";

/** What the parts of the backend share. */
export interface NetworkContext {
  readonly provider: RawHcs["provider"];
  readonly hns: HnsClient;
  readonly store: NetworkStore;
  readonly journal: ResourceJournal;
  readonly undoneLate: UndoneLate;
  readonly logger: Logger;
  readonly now: () => Date;
}
