import { beforeAll, describe, expect, it } from "vitest";
import { whyNoFullDisk } from "../src/full-disk/full-disk.ts";
import { type FullDiskRow, runFullDisk } from "../src/full-disk/run-full-disk.ts";
import { whyNoDocker } from "../src/host.ts";

const skipped = whyNoDocker() ?? whyNoFullDisk();

/** They need space, and say so. */
const refused = ["run", "load"];

describe.skipIf(skipped !== undefined).each(["windowsfilter", "snapshotter"] as const)(
  `a full disk, storage = "%s"${skipped ? ` (skipped: ${skipped})` : ""}`,
  (storage) => {
    let rows: readonly FullDiskRow[];
    beforeAll(async () => {
      ({ rows } = await runFullDisk(storage));
    }, 600_000);

    it("keeps no container from being looked at, stopped, killed, removed and pruned, no image from being removed, and no daemon from starting", () => {
      expect(rows.filter(({ what, code }) => code !== 0 && !refused.includes(what))).toEqual([]);
    });

    it("refuses to run a new container and to load an image, and says why", () => {
      const said = rows.filter(({ what }) => refused.includes(what)).map((row) => row.said);
      expect(said).toEqual([expect.stringMatching(/space/), expect.stringMatching(/space/)]);
    });

    it("keeps a container with restart always waiting, which runs once there is space", () => {
      const states = rows.filter(({ what }) => what.startsWith("the container with restart always")).map(({ said }) => said);
      expect(states).toEqual([expect.stringMatching(/^Restarting/), expect.stringMatching(/^Up/)]);
    });
  },
);
