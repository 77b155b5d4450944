import os from "node:os";
import { silentLogger } from "@oriel/contracts";
import { createEmulatedHcs } from "@oriel/hcs-emulator";
import { storageBackendContract } from "@oriel/testkit";
import { WindowsFilterStorage } from "../src/index.ts";
import { emulatedStorageFixture } from "./emulated-storage-fixture.ts";

const createFixture = (rootfs: "copy" | "overlay") =>
  emulatedStorageFixture(rootfs, ({ folder, ...options }) => new WindowsFilterStorage({ ...options, logger: silentLogger, home: folder }));

storageBackendContract("windowsfilter on the emulated host, copied roots", () => createFixture("copy"));

const probe = await createEmulatedHcs({ root: os.tmpdir(), rootfs: "auto" }).describe();
const skip = probe.rootfs === "overlay" ? undefined : "this host does not let us mount overlays; run as root on Linux";
storageBackendContract("windowsfilter on the emulated host, overlay mounts", () => createFixture("overlay"), { skip });
