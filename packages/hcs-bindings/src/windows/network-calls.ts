import type { RawNetwork } from "@oriel/contracts";
import { vmcompute } from "../native/vmcompute.ts";
import { answer, type Sync } from "./answers.ts";
import type { WindowsLibraries } from "./libraries.ts";
import { createTextTaker, outText } from "./result-text.ts";

/** The network function as a call thread runs it. */
export type NetworkCalls = { readonly [K in "HNSCall"]: Sync<RawNetwork[K]> };

export function createNetworkCalls(libraries: Pick<WindowsLibraries, "vmcompute" | "ole32">): NetworkCalls {
  const native = vmcompute(libraries.vmcompute);
  const take = createTextTaker(libraries.ole32);
  return {
    HNSCall: (method, path, object) =>
      answer({ response: null as string | null }, () => {
        const response = outText();
        const hresult = Number(native.HNSCall(method, path, object, response));
        return { hresult, response: take(response) };
      }),
  };
}
