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

  it("another isolation of the daemon changes no container that was made before", async () => {
    test = await testEngine({ program: () => stubborn });
    const id = await test.create();
    test = test.crash({ settings: { defaultIsolation: "hyperv" } });
    await test.engine.start();
    await test.engine.containers.start(id);
    expect(test.runtime.specOf(id)?.windows?.hyperv).toBeUndefined();
  });
});
