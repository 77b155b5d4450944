import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createContainerGroups } from "../src/limits/container-groups.ts";
import { accounts, openHost } from "./containment/accounts.ts";
import type { HostileContainer, HostileHost } from "./containment/hostile-container.ts";
import { HostileProgram } from "./containment/hostile-program.ts";
import { hostProcesses } from "./containment/process-attempts.ts";

const { kind: limits } = await createContainerGroups({ root: "/" }).support();

/** How many a container may have, and how many it wants: few enough for any machine to bear. */
const processes = { limit: 300, wanted: 1000 } as const;

describe.each(accounts.map((account) => [`${account.name}${account.reason}`, account] as const))(
  "a program that takes all that it gets, in a container of %s",
  (_, account) => {
    let host: HostileHost;
    let container: HostileContainer;
    beforeAll(async () => {
      if (account.reason === "") host = await openHost(account);
    });
    afterAll(() => host?.close());
    afterEach(() => container?.close());
    const it_ = it.skipIf(account.reason !== "");

    const start = async (document: Record<string, unknown>, limit?: number) => {
      container = await host.open(document, limit);
      const number = await container.start();
      return { number, program: new HostileProgram((line) => container.request(number, line)) };
    };
    /** Whether the account can do on the host what it always can. */
    const goesOn = (): boolean => {
      closeSync(openSync("/dev/null", "r"));
      return spawnSync("true", { uid: account.uid, gid: account.uid }).status === 0;
    };

    const uncounted = account.isHostRoot ? " (skipped: the kernel counts no processes of root's)" : "";
    it.skipIf(account.reason !== "" || uncounted !== "")(
      `gets no more processes than its limit, and the host goes on; they end with the container${uncounted}`,
      async () => {
        const { program } = await start({}, processes.limit);
        const [count, refused] = await program.bomb(processes.wanted);
        expect(refused).toBe("EAGAIN");
        expect(count).toBeLessThan(processes.limit);
        expect(goesOn()).toBe(true);
        const { daemon } = await container.files();
        expect(hostProcesses(daemon).length).toBeGreaterThan(count);
        await container.close();
        while (hostProcesses(daemon).some(({ name }) => name === "hostile.exe")) await pause(20);
      },
    );

    // As an ordinary user nobody limits memory: control groups are for root to give.
    if (account.uid === 0 && limits !== "none") {
      it_("is ended at the limit of memory, also of what it keeps in files that have no name", async () => {
        const eat = await start({ MemoryMaximumInMB: 200 });
        const [readWrite, privateAnonymousPopulated] = [3, 0x8022];
        const piece = 16 * 1024 * 1024;
        await expect(eat.program.repeat(4096, "mmap", 0, piece, readWrite, privateAnonymousPopulated, -1, 0)).rejects.toThrow(
          "the output ended",
        );
        expect(await container.exited(eat.number)).toBe(137);
        await container.close();

        const files = await start({ MemoryMaximumInMB: 200 });
        const [shared, size] = [0x8001, 1024 * 1024 * 1024];
        const file = await files.program.linux("memfd_create", "hostile", 0);
        expect(await files.program.linux("ftruncate", Number(file), size)).toBe(0);
        await expect(files.program.linux("mmap", 0, size, readWrite, shared, Number(file), 0)).rejects.toThrow("the output ended");
        expect(goesOn()).toBe(true);
      });
    }
  },
);
