import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { accounts, openHost } from "./containment/accounts.ts";
import { type Decoys, makeDecoys } from "./containment/decoys.ts";
import type { HostileContainer, HostileHost } from "./containment/hostile-container.ts";
import { HostileProgram } from "./containment/hostile-program.ts";
import { laterAttempts, slowAttempts } from "./containment/later-attempts.ts";

describe.each(accounts.map((account) => [`${account.name}${account.reason}`, account] as const))(
  "what a hostile program leaves in a container of %s",
  (_, account) => {
    let decoys: Decoys;
    let host: HostileHost;
    let container: HostileContainer;
    beforeAll(async () => {
      if (account.reason === "") host = await openHost(account);
    });
    afterAll(() => host?.close());
    beforeEach(async () => {
      decoys = await makeDecoys(account.uid);
      container = await host.open({});
    });
    afterEach(async () => {
      await container.close();
      await decoys.close();
    });

    it.skipIf(account.reason !== "").each(account === accounts[0] ? [...laterAttempts, ...slowAttempts] : laterAttempts)(
      "%s",
      async (_title, attempt) => {
        const before = await decoys.state();
        const number = await container.start();
        const program = new HostileProgram((line) => container.request(number, line));
        await attempt({ program, decoys, container, files: await container.files(), account });
        await container.close();
        expect(await decoys.state()).toEqual(before);
      },
    );
  },
);
