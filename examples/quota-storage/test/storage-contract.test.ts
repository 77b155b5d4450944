import { silentLogger } from "@oriel/contracts";
import { WindowsFilterStorage } from "@oriel/graphdriver-windowsfilter";
import { storageBackendContract } from "@oriel/testkit";
import { emulatedStorageFixture } from "../../../packages/graphdriver-windowsfilter/test/emulated-storage-fixture.ts";
import { QuotaStorage } from "../src/index.ts";

storageBackendContract("the example with a quota", () =>
  emulatedStorageFixture("copy", ({ folder, ...options }) => {
    const inner = new WindowsFilterStorage({ ...options, logger: silentLogger, home: folder });
    return new QuotaStorage({ inner, maxBytes: 1024 ** 3 });
  }),
);
