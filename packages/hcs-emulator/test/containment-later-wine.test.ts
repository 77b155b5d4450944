import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accounts, openHost } from "./containment/accounts.ts";
import { makeDecoys } from "./containment/decoys.ts";
import type { HostileHost } from "./containment/hostile-container.ts";
import { HostileProgram } from "./containment/hostile-program.ts";
import { laterAttempts, slowAttempts } from "./containment/later-attempts.ts";

describe.each(accounts.map((account) => [`${account.name}${account.reason}`, account] as const))(
  "what a hostile program leaves in a container of %s",
  (_, account) => {
    let host: HostileHost;
    beforeAll(async () => {
      if (account.reason === "") host = await openHost(account);
    });
    afterAll(() => host?.close());
    it.skipIf(account.reason !== "").each(account === accounts[0] ? [...laterAttempts, ...slowAttempts] : laterAttempts)(
      "%s",
      async (_title, attempt) => {
        const decoys = await makeDecoys(account.uid);
        try {
          const before = await decoys.state();
          const container = await host.open({});
          try {
            const number = await container.start();
            const program = new HostileProgram((line) => container.request(number, line));
            await attempt({ program, decoys, container, files: await container.files(), account });
          } finally {
            await container.close();
          }
          expect(await decoys.state()).toEqual(before);
        } finally {
          await decoys.close();
        }
      },
    );
  },
);
