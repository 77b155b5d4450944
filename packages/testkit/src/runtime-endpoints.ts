import type { RawNetwork } from "@oriel/contracts";

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
