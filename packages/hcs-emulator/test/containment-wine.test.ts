import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { accounts, openHost } from "./containment/accounts.ts";
import { type Decoys, makeDecoys } from "./containment/decoys.ts";
import { fileAttempts } from "./containment/file-attempts.ts";
import type { ContainerFiles, HostileContainer, HostileHost } from "./containment/hostile-container.ts";
import { HostileProgram } from "./containment/hostile-program.ts";
import { kernelAttempts } from "./containment/kernel-attempts.ts";
import { networkAttempts } from "./containment/network-attempts.ts";
import { processAttempts } from "./containment/process-attempts.ts";
import { windowsAttempts } from "./containment/windows-attempts.ts";

const attempts = [
  ["files", fileAttempts],
  ["processes", processAttempts],
  ["the kernel", kernelAttempts],
  ["sockets and shared memory", networkAttempts],
  ["the Windows interface", windowsAttempts],
] as const;

describe.each(accounts.map((account) => [`${account.name}${account.reason}`, account] as const))(
  "a hostile program in a container of %s",
  (_, account) => {
    let decoys: Decoys;
    let host: HostileHost;
    let container: HostileContainer;
    let files: ContainerFiles;
    let number: number;
    /** One for all attempts, as long as it lives. */
    let program: HostileProgram | undefined;
    let before: object;
    const facts = async () => ({ ...(await decoys.state()), connections: decoys.connections() });

    beforeAll(async () => {
      if (account.reason !== "") return;
      decoys = await makeDecoys(account.uid);
      host = await openHost(account);
      container = await host.open({
        MappedDirectories: [
          { HostPath: decoys.mapped, ContainerPath: "C:\\mapped", ReadOnly: true },
          { HostPath: decoys.writable, ContainerPath: "C:\\writable" },
          { HostPath: `${decoys.writable}/inner`, ContainerPath: "D:\\" },
        ],
      });
      files = await container.files();
    });
    afterAll(async () => {
      await container?.close();
      await host?.close();
      await decoys?.close();
    });
    const running = async (): Promise<HostileProgram> => {
      if (program !== undefined) return program;
      number = await container.start();
      program = new HostileProgram((line) => container.request(number, line));
      return program;
    };
    beforeEach(async () => {
      before = await facts();
    });
    afterEach(async ({ task }) => {
      // Whatever was refused: nothing of the host has changed, and nobody came to its servers.
      const after = await facts();
      if (program !== undefined && (program.hasEnded || task.result?.state === "fail")) {
        program = undefined;
        await container.end(number);
      }
      expect(after).toEqual(before);
    });

    for (const [subject, table] of attempts) {
      describe.skipIf(account.reason !== "")(subject, () => {
        it.each(table)("%s", async (_title, attempt) => {
          await attempt({ program: await running(), decoys, container, files, account });
        });
      });
    }
  },
);
