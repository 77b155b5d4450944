import { afterEach, describe, expect, it } from "vitest";
import { stubborn, type TestEngine, testEngine } from "./test-engine.ts";

let test: TestEngine | undefined;
afterEach(async () => {
  await test?.dispose();
  test = undefined;
});

describe("the daemon's settings", () => {
  it("dnsSearch is the search list of a container without one of its own, and of no other", async () => {
    test = await testEngine({ program: () => stubborn, settings: { dnsSearch: ["corp.example"] } });
    const plain = await test.create();
    const own = await test.create({ hostConfig: { DnsSearch: ["lab.example"] } });
    for (const id of [plain, own]) await test.engine.containers.start(id);
    expect(test.runtime.specOf(plain)?.windows?.network?.DNSSearchList).toEqual(["corp.example"]);
    expect(test.runtime.specOf(own)?.windows?.network?.DNSSearchList).toEqual(["lab.example"]);
  });

  it("isolation is that of a container that asks for none, in its spec, in inspect and in info", async () => {
    test = await testEngine({ program: () => stubborn, settings: { defaultIsolation: "hyperv" } });
    const id = await test.create();
    await test.engine.containers.start(id);
    expect(test.runtime.specOf(id)?.windows?.hyperv).toEqual({});
    expect((await test.engine.containers.inspect(id)).isolation).toBe("hyperv");
    expect((await test.engine.info()).isolation).toBe("hyperv");
  });

  it("a host that contains no containers: every creation warns of it, before what its own options call for", async () => {
    test = await testEngine({ host: { containerWarnings: ["The container is not contained."] } });
    const create = (config: object) => test?.engine.containers.create({ config: { Image: "oriel/nano", ...config }, hostConfig: {} });
    expect((await create({}))?.warnings).toEqual(["The container is not contained."]);
    expect((await create({ User: "ContainerUser" }))?.warnings).toEqual([
      "The container is not contained.",
      expect.stringContaining("ContainerUser"),
    ]);
  });

  it("another isolation of the daemon changes no container that was made before", async () => {
    test = await testEngine({ program: () => stubborn });
    const id = await test.create();
    test = test.crash({ settings: { defaultIsolation: "hyperv" } });
    await test.engine.start();
    await test.engine.containers.start(id);
    expect(test.runtime.specOf(id)?.windows?.hyperv).toBeUndefined();
  });
});
