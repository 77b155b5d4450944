import type { RawNetwork } from "@oriel/core";

/** HCN_E_REQUEST_UNSUPPORTED */
const unsupported = 0x803b0015;

/** A host network service without networks: lists are empty, and nothing can be made. */
export function createEmulatedNetwork(): RawNetwork {
  return {
    HNSCall: async (method, path) => {
      const collection = /^\/(networks|endpoints|policylists|namespaces)\/?$/.test(path);
      if (method === "GET" && collection) return { hresult: 0, response: JSON.stringify({ Success: true, Output: [] }) };
      if (method === "GET" && path === "/globals/version") {
        return { hresult: 0, response: JSON.stringify({ Success: true, Output: { Major: 9, Minor: 2 } }) };
      }
      const response = { Success: false, Error: `${method} ${path}: networks are not emulated. `, ErrorCode: unsupported };
      return { hresult: 0, response: JSON.stringify(response) };
    },
  };
}
