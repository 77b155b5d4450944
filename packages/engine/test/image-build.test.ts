import type { HostFacts } from "@oriel/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { type TestEngine, testEngine } from "./test-engine.ts";

let test: TestEngine | undefined;
afterEach(async () => {
  await test?.dispose();
  test = undefined;
});

const hostOf = (build: number): HostFacts["osVersion"] => ({ major: 10, minor: 0, build, revision: 1 });

/** Creates a container of an image of this version, on a host of this build. */
async function create(osVersion: string, build: number, isolation: "process" | "hyperv", host: Partial<HostFacts> = {}): Promise<void> {
  test = await testEngine({
    images: [{ tags: ["app:1"], config: { Cmd: ["app.exe"] }, osVersion }],
    host: { osVersion: hostOf(build), provider: "windows", ...host },
  });
  await test.create({ config: { Image: "app:1" }, hostConfig: { Isolation: isolation } });
}

describe("an image whose Windows build is not the host's", () => {
  it.each([
    ["10.0.17763.5696", 20348, "process", "run it with --isolation=hyperv"],
    ["10.0.26100.1", 20348, "process", "run it with --isolation=hyperv"],
    ["10.0.17763.1", 26100, "process", "run it with --isolation=hyperv"],
    ["10.0.14393.1", 17763, "process", "run it with --isolation=hyperv"],
    ["10.0.17763.1", 17134, "process", "no isolation runs it on this host"],
    ["10.0.17763.1", 17134, "hyperv", "no isolation runs it on this host"],
    ["6.3.20348.1", 20348, "process", "run it with --isolation=hyperv"],
  ] as const)(
    "image %s on a host of build %s with %s isolation is refused at create with both builds, and: %s",
    async (osVersion, build, isolation, remedy) => {
      await expect(create(osVersion, build, isolation)).rejects.toMatchObject({
        code: "FailedPrecondition",
        message: expect.stringMatching(
          new RegExp(
            `app:1.*does not match the host operating system.*0xc0370101.*build ${osVersion.replace(/\.1$/, "").replaceAll(".", "\\.")}.*build 10\\.0\\.${build}`,
          ),
        ),
        remedy: expect.stringContaining(remedy),
      });
      expect(await test?.engine.containers.list()).toEqual([]);
      expect(await test?.storage.listScratches()).toEqual([]);
    },
  );

  it.each([
    ["10.0.20348.2113", 20348, "process"],
    ["10.0.20348", 22631, "process"],
    ["10.0.20348.1", 26100, "process"],
    ["10.0.25398.1", 26200, "process"],
    ["10.0.17763.1", 17763, "process"],
    ["10.0.17763.1", 20348, "hyperv"],
    ["10.0.26100.1", 20348, "hyperv"],
    ["10.0.14393.1", 17134, "hyperv"],
    ["", 20348, "process"],
    ["no version", 20348, "process"],
  ] as const)(
    "image %j on a host of build %s with %s isolation is accepted, as Windows accepts it",
    async (osVersion, build, isolation) => {
      await expect(create(osVersion, build, isolation)).resolves.toBeUndefined();
    },
  );

  it("is accepted where imageBuilds is any", async () => {
    await expect(create("10.0.17763.1", 20348, "process", { imageBuilds: "any" })).resolves.toBeUndefined();
  });

  it("is refused on an emulated host with the key that lets Wine run it", async () => {
    await expect(create("10.0.17763.1", 20348, "process", { provider: "emulated" })).rejects.toMatchObject({
      remedy: expect.stringContaining('imageBuilds = "any"'),
    });
  });

  it("is refused by the daemon's isolation where the container asks for none", async () => {
    test = await testEngine({
      images: [{ tags: ["app:1"], config: { Cmd: ["app.exe"] }, osVersion: "10.0.17763.1" }],
      settings: { defaultIsolation: "hyperv" },
    });
    await expect(test.create({ config: { Image: "app:1" } })).resolves.toBeTypeOf("string");
    await expect(test.create({ config: { Image: "app:1" }, hostConfig: { Isolation: "process" } })).rejects.toThrow("0xc0370101");
  });
});
