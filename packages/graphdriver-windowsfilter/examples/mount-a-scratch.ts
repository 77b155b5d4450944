import { type RawHcs, type ResourceJournal, silentLogger } from "@oriel/contracts";
import { WindowsFilterStorage } from "@oriel/graphdriver-windowsfilter";

/** Unpacks a base layer and mounts a writable layer on it. */
export async function tryOut(raw: RawHcs, journal: ResourceJournal, home: string, chainId: string, tar: AsyncIterable<Uint8Array>) {
  const storage = new WindowsFilterStorage({ raw, journal, logger: silentLogger, home });
  await storage.reconcile({ scratchIds: new Set() });

  const layer = await storage.applyLayer({ chainId, tar });
  await storage.createScratch({ id: "try", parentChainId: layer.chainId, storageOptions: { size: "20GB" } });
  const { volumePath } = await storage.mountScratch("try");

  await storage.unmountScratch("try");
  await storage.removeScratch("try");
  return { size: layer.size, volumePath };
}
