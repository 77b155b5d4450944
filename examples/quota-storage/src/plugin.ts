import path from "node:path";
import { definePlugin, InvalidArgumentError, loggerToken, rawHcsToken, resourceJournalToken, storageBackendToken } from "@oriel/contracts";
import { WindowsFilterStorage } from "@oriel/graphdriver-windowsfilter";
import { QuotaStorage } from "./quota-storage.ts";

/** Layers as the windowsfilter graph driver keeps them, in a folder of their own, with a quota for all of them. */
export const plugin = definePlugin({
  id: "@oriel-examples/quota-storage",
  provides: { storage: storageBackendToken },
  deps: { raw: rawHcsToken, journal: resourceJournalToken, logger: loggerToken },
  create({ raw, journal, logger }, config) {
    const home = path.join(config.root, "quota");
    const inner = new WindowsFilterStorage({ raw, journal, logger, home, callDeadline: config.deadlines.call * 1000 });
    return { storage: new QuotaStorage({ inner, maxBytes: maxBytesOf(process.env.LAYER_QUOTA_MIB ?? "10240") }) };
  },
});

function maxBytesOf(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text) * 1024 * 1024;
  throw new InvalidArgumentError(`LAYER_QUOTA_MIB must be a whole number of MiB, not ${JSON.stringify(text)}`, { op: "quota.read" });
}
