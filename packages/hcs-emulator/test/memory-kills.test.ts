import { describe, expect, it } from "vitest";
import { looseGroup } from "../src/limits/container-groups.ts";
import { MemoryKills } from "../src/limits/memory-kills.ts";

describe("a process of a container with a limit of memory", () => {
  function kernel() {
    let count = 0;
    const kills = new MemoryKills({ ...looseGroup(async () => []), memoryKills: async () => count });
    const kill = (): void => {
      count += 1;
    };
    return { kills, kill };
  }
  const end = (exitCode: number, outOfMemory: boolean) => ({ exitCode, outOfMemory });

  it("ends as it ends where the kernel has ended nothing", async () => {
    const { kills } = kernel();
    expect(await (await kills.watch())(0)).toEqual(end(0, false));
    expect(await (await kills.watch())(7)).toEqual(end(7, false));
  });

  it("ends with 137 when the kernel has ended it, and leaves the end of others as it is", async () => {
    const { kills, kill } = kernel();
    const [init, exec] = [await kills.watch(), await kills.watch()];
    kill();
    expect(await exec(137)).toEqual(end(137, true));
    expect(await init(0)).toEqual(end(0, false));
  });

  it("ends with 137 instead of 0 when the kernel has ended another that it may have started, reported once", async () => {
    const { kills, kill } = kernel();
    const [init, exec] = [await kills.watch(), await kills.watch()];
    kill();
    expect(await exec(0)).toEqual(end(137, true));
    expect(await init(0)).toEqual(end(137, false));
    // What began afterwards has nothing to do with it.
    expect(await (await kills.watch())(0)).toEqual(end(0, false));
  });

  it("keeps an exit code of its own", async () => {
    const { kills, kill } = kernel();
    const init = await kills.watch();
    kill();
    expect(await init(3)).toEqual(end(3, true));
  });
});
