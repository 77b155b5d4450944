import type { RawNetwork } from "@oriel/core";
import { describe, expect, it } from "vitest";
import { endWithoutInput, type RuntimeTrial } from "./container-runtime-trial.ts";

/** Endpoints of the host network service that stands beside a runtime. */
export interface RuntimeEndpoints {
  make(): Promise<string>;
  /** Ids of the compute systems that have one. */
  systemsOf(endpoint: string): Promise<readonly string[]>;
  remove(endpoint: string): Promise<void>;
}

/** Endpoints in the network `nat` of a host, which is made where there is none. */
export function runtimeEndpoints({ HNSCall }: Pick<RawNetwork, "HNSCall">): RuntimeEndpoints {
  const call = async (method: string, path: string, document?: unknown): Promise<unknown> => {
    const { response } = await HNSCall(method, path, document === undefined ? "" : JSON.stringify(document));
    return (JSON.parse(response ?? "") as { readonly Output?: unknown }).Output;
  };
  return {
    async make() {
      const networks = (await call("GET", "/networks/")) as readonly { readonly ID: string; readonly Type: string }[];
      const nat =
        networks.find(({ Type }) => Type.toLowerCase() === "nat") ?? (await call("POST", "/networks/", { Name: "nat", Type: "nat" }));
      const made = await call("POST", "/endpoints/", { VirtualNetwork: (nat as { readonly ID: string }).ID });
      return (made as { readonly ID: string }).ID;
    },
    async systemsOf(endpoint) {
      const { SharedContainers = [] } = (await call("GET", `/endpoints/${endpoint}`)) as { readonly SharedContainers?: readonly string[] };
      return SharedContainers;
    },
    remove: async (endpoint) => void (await call("DELETE", `/endpoints/${endpoint}`)),
  };
}

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
