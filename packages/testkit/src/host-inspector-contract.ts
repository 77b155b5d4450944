import type { HostInspector } from "@oriel/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ContractOptions } from "./raw-hcs-contract.ts";

export interface HostInspectorFixture {
  readonly host: HostInspector;
  /** Removes what was made. */
  dispose(): Promise<void>;
}

/** What every host must report of itself. */
export function hostInspectorContract(name: string, create: () => Promise<HostInspectorFixture>, { skip }: ContractOptions = {}): void {
  describe.skipIf(skip !== undefined)(`host inspector: ${name}${skip === undefined ? "" : ` (skipped: ${skip})`}`, () => {
    let fixture: HostInspectorFixture;
    beforeEach(async () => {
      fixture = await create();
    });
    afterEach(() => fixture.dispose());

    it("reports a Windows version and a machine of some size", async () => {
      const { osVersion, operatingSystem, architecture, hostname, processors, memory } = await fixture.host.inspect();
      // Wine names it Microsoft Windows.
      expect(operatingSystem).toMatch(/^(Microsoft )?Windows\b/);
      for (const number of [osVersion.major, osVersion.build, processors, memory]) expect(number).toBeGreaterThan(0);
      expect([architecture, hostname]).not.toContain("");
    });

    it("warns in sentences of one line, each once", async () => {
      const { warnings, containerWarnings } = await fixture.host.inspect();
      for (const list of [warnings, containerWarnings]) expect(new Set(list).size).toBe(list.length);
      for (const warning of [...warnings, ...containerWarnings]) expect(warning).toMatch(/^\S.*\S$/);
    });

    it("names what contains containers as clients of Docker read it, and nothing where it warns of each container", async () => {
      const { securityOptions, containerWarnings } = await fixture.host.inspect();
      for (const option of securityOptions) expect(option).toMatch(/^name=[a-z-]+(,[a-z-]+=[^,=]+)*$/);
      if (containerWarnings.length > 0) expect(securityOptions).toEqual([]);
    });
  });
}
