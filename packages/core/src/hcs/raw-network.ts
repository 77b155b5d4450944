import type { HResult } from "./hresult.ts";

/** The host network service's one entry point in vmcompute.dll. */
export interface RawNetwork {
  /**
   * `method` is GET, POST or DELETE; `object` is JSON or `""`. The response is an envelope
   * `{"Success":…,"Error":…,"Output":…}`; a failure can come as HRESULT or inside the envelope.
   */
  HNSCall(method: string, path: string, object: string): Promise<{ readonly hresult: HResult; readonly response: string | null }>;
}
