import { readFile } from "node:fs/promises";
import path from "node:path";
import { HcsNotification } from "@oriel/contracts";
import { guestProcesses } from "@oriel/testkit";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { createContainerGroups } from "../src/limits/container-groups.ts";
import { baseLayer, noContainer, startContainer, type TestContainer } from "./emulated-container.ts";

const { folder, base, remove } = await baseLayer();
afterAll(remove);
const { kind } = await createContainerGroups({ root: "probe" }).support();

let container: TestContainer | undefined;
afterEach(async () => {
  await container?.close();
  container = undefined;
});

async function properties({ hcs, system }: TestContainer) {
  const query = JSON.stringify({ PropertyTypes: ["ProcessList", "Statistics"] });
  const answer = await hcs.compute.HcsGetComputeSystemProperties(system, query);
  const { State, Statistics, ProcessList } = JSON.parse(answer.properties ?? "{}");
  return { State, Statistics, images: ProcessList.map(({ ImageName }: { ImageName: string }) => ImageName) };
}

describe.skipIf(noContainer !== undefined)(`usage of a container${noContainer ? ` (skipped: ${noContainer})` : ""}`, () => {
  it("lists its Windows programs and none of the emulator's own, and counts what they use", async () => {
    container = await startContainer({ folder, base });
    const before = await properties(container);
    await container.run("cmd.exe /c for /L %i in (1,1,2000) do @rem");
    const running = await container.start({ CommandLine: "ping.exe -n 100 127.0.0.1" });
    const { State, Statistics, images } = await properties(container);
    expect(State).toBe("Running");
    expect(images).toContain("ping.exe");
    expect(images).not.toContain("agent.exe");
    expect(images.filter((name: string) => !/^[\w.-]+\.exe$/i.test(name))).toEqual([]);
    expect(Statistics.Processor.TotalRuntime100ns).toBeGreaterThan(before.Statistics.Processor.TotalRuntime100ns);
    expect(Statistics.Memory.MemoryUsageCommitBytes).toBeGreaterThan(before.Statistics.Memory.MemoryUsageCommitBytes);
    await container.hcs.compute.HcsTerminateProcess(running.handle);
    await running.exited;
    expect((await properties(container)).images).not.toContain("ping.exe");
  });

  it("shows what a paused container had, and that it uses no more", async () => {
    container = await startContainer({
      folder,
      base,
      document: { HvPartition: true, HvRuntime: { ImagePath: path.join(base, "UtilityVM") } },
    });
    const { compute } = container.hcs;
    await container.start({ CommandLine: "ping.exe -n 100 127.0.0.1" });
    const { system } = container;
    const paused = new Promise<void>((resolve) => {
      const callback = (type: number) => void (type === HcsNotification.SystemPauseCompleted && resolve());
      void compute.HcsRegisterComputeSystemCallback(system, callback, 0n).then(() => compute.HcsPauseComputeSystem(system, ""));
    });
    await paused;
    const first = await properties(container);
    expect(first.State).toBe("Paused");
    expect(first.images).toContain("ping.exe");
    expect((await properties(container)).Statistics.Processor).toEqual(first.Statistics.Processor);
  });

  it("sends Ctrl-C to a program at a console, and says of another that there is no way", async () => {
    container = await startContainer({ folder, base });
    const { compute } = container.hcs;
    const CommandLine = "ping.exe -n 100 127.0.0.1";
    const signal = '{"Signal":"CtrlC"}';
    const deaf = await container.start({ CommandLine });
    expect((await compute.HcsSignalProcess(deaf.handle, signal)).hresult).toBe(0x80070032);
    const running = await container.start({ CommandLine, EmulateConsole: true, ConsoleSize: [25, 80] });
    await running.seen(/127\.0\.0\.1/);
    expect((await compute.HcsSignalProcess(running.handle, signal)).hresult).toBe(0);
    // Long before it would end by itself.
    await running.exited;
  });

  it("keeps its programs in groups of its own, where the host has such, with its limits, and takes those away in the end", async () => {
    container = await startContainer({ folder, base, document: { ProcessorMaximum: 5000, ProcessorWeight: 5000 } });
    await container.start({ CommandLine: "ping.exe -n 100 127.0.0.1" });
    const groups = await groupsOf("ping.exe");
    expect(groups).toHaveLength(1);
    if (kind === "none") expect(groups[0]).not.toMatch(/oriel-/);
    else expect(groups[0]).toMatch(/oriel-[0-9a-f]{12}-c$/m);
    await container.close();
    container = undefined;
    expect(await groupsOf("ping.exe")).toEqual([]);
  });
});

/** The groups of the host's processes of this name. */
async function groupsOf(name: string): Promise<string[]> {
  const found = (await guestProcesses(folder)).filter((each) => each.name === name);
  return Promise.all(found.map(async ({ pid }) => (await readFile(`/proc/${pid}/cgroup`, "utf8")).trim()));
}
