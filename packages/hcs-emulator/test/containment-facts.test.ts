import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { hostInspectorContract } from "@oriel/testkit";
import { describe, expect, it } from "vitest";
import type { Containment } from "../src/containment/containment.ts";
import { containmentFacts } from "../src/host/containment-facts.ts";
import { createEmulatedHcs, createHostInspector } from "../src/index.ts";

const whole: Containment = { bubblewrap: "/usr/bin/bwrap", as: "root", ownUsers: true, filter: "/filter", ownDevices: true };
const nothing = { securityOptions: [], warnings: [], containerWarnings: [] };

describe("the host's facts of containment", () => {
  it("as root, with users of the containers' own: warn of nothing, and name what docker has a name for", () => {
    const securityOptions = ["name=seccomp,profile=oriel", "name=no-new-privileges"];
    expect(containmentFacts(whole, true)).toEqual({ ...nothing, securityOptions });
    expect(containmentFacts({ ...whole, ownDevices: false }, true)).toEqual({ ...nothing, securityOptions });
  });

  it("as a user: warn of nothing, and say that the daemon is not root's", () => {
    const facts = containmentFacts({ ...whole, as: "user", ownUsers: false, ownDevices: false }, false);
    expect(facts).toMatchObject({ warnings: [], containerWarnings: [] });
    expect(facts.securityOptions).toContain("name=rootless");
  });

  it("as root where mounts cannot show files as another user's: say what that means, and what would change it", () => {
    const { warnings, containerWarnings } = containmentFacts({ ...whole, ownUsers: false }, true);
    expect(warnings).toEqual([
      expect.stringMatching(/run as this host's root, though without its capabilities.*keep the root folder on ext4/),
    ]);
    expect(containerWarnings).toEqual([]);
  });

  it.each([
    [true, "root"],
    [false, "the user who runs the daemon"],
  ])(
    "of containers that are not contained, with root's rights %s: every creation says whose rights their programs have",
    (isRoot, whose) => {
      expect(containmentFacts(undefined, isRoot)).toEqual({
        securityOptions: [],
        warnings: [expect.stringContaining(`(emulator.isolation = "none"): their programs have the rights of ${whose} on this host`)],
        containerWarnings: [
          expect.stringContaining(`(emulator.isolation = "none"): its programs have the rights of ${whose} on this host`),
        ],
      });
    },
  );

  it("where nothing can contain them: why no container can start, and the remedy", () => {
    const facts = containmentFacts({ why: "bubblewrap is not installed", remedy: "install it" }, true);
    expect(facts).toEqual({ ...nothing, warnings: [expect.stringMatching(/none can start: bubblewrap is not installed; install it$/)] });
  });
});

for (const isolation of ["contained", "none"] as const) {
  hostInspectorContract(`emulated, ${isolation}`, async () => {
    const root = await mkdtemp(path.join(os.tmpdir(), "oriel-host-"));
    const hcs = createEmulatedHcs({ root, isolation });
    return {
      host: createHostInspector(hcs),
      dispose: async () => {
        await hcs.close();
        await rm(root, { recursive: true });
      },
    };
  });
}
