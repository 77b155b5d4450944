import { describe, expect, it } from "vitest";
import { endWithoutInput, type RuntimeTrial } from "./container-runtime-trial.ts";
import type { RuntimeEndpoints } from "./runtime-endpoints.ts";

/** What every runtime does with endpoints of containers that run. */
export function containerRuntimeEndpointsContract(trial: () => RuntimeTrial): void {
  describe("endpoints", () => {
    const withEndpoint = async (work: (endpoint: string, endpoints: RuntimeEndpoints) => Promise<void>): Promise<void> => {
      const { endpoints } = trial().fixture;
      if (endpoints === undefined) throw new Error("the fixture has no endpoints");
      const endpoint = await endpoints.make();
      try {
        await work(endpoint, endpoints);
      } finally {
        await endpoints.remove(endpoint);
      }
    };

    it("are given to a running container, and taken from it once or twice alike", () =>
      withEndpoint(async (endpoint, endpoints) => {
        const { runtime, commands } = trial();
        const { id, init } = await trial().started(commands.echoStdin);
        await runtime.attachEndpoint(id, endpoint);
        expect(await endpoints.systemsOf(endpoint)).toEqual([id]);
        await runtime.detachEndpoint(id, endpoint);
        expect(await endpoints.systemsOf(endpoint)).toEqual([]);
        await runtime.detachEndpoint(id, endpoint);
        init.stdin.write("still here\r\n");
        expect((await endWithoutInput(init)).out).toBe("still here\r\n");
      }));

    it("go with the container that has them", () =>
      withEndpoint(async (endpoint, endpoints) => {
        const { runtime, commands } = trial();
        const { id, init } = await trial().started(commands.echoStdin);
        await runtime.attachEndpoint(id, endpoint);
        await endWithoutInput(init);
        await runtime.delete(id);
        await expect.poll(() => endpoints.systemsOf(endpoint)).toEqual([]);
      }));

    it("must be there, as must the container", () =>
      withEndpoint(async (endpoint) => {
        const { runtime, commands } = trial();
        const { id, init } = await trial().started(commands.echoStdin);
        const missing = "00000000-1111-2222-3333-444444444444";
        await expect(runtime.attachEndpoint(id, missing)).rejects.toMatchObject({ code: "NotFound" });
        await expect(runtime.attachEndpoint("no-such-container", endpoint)).rejects.toMatchObject({ code: "NotFound" });
        await expect(runtime.detachEndpoint("no-such-container", endpoint)).rejects.toMatchObject({ code: "NotFound" });
        await endWithoutInput(init);
      }));
  });
}
