import type { Socket } from "node:dgram";
import type { Server } from "node:net";
import type { HResult } from "./hresult.ts";

/** Sockets that are bound to one address and port. */
export interface NameSockets {
  readonly udp: Socket;
  /** Listens. */
  readonly tcp: Server;
}

/** The host network service's one entry point in vmcompute.dll. */
export interface RawNetwork {
  /**
   * `method` is GET, POST or DELETE; `object` is JSON or `""`. The response is an envelope
   * `{"Success":…,"Error":…,"Output":…}`; a failure can come as HRESULT or inside the envelope.
   */
  HNSCall(method: string, path: string, object: string): Promise<{ readonly hresult: HResult; readonly response: string | null }>;
  /**
   * Binds a gateway address of a network where this process itself cannot, as the networks are in a name space of their own. They are
   * the caller's to close. Absent, or undefined: the address is one of this host, and the caller binds it.
   *
   * @throws Error of binding, such as EADDRINUSE
   */
  bindNames?(address: string, port: number): Promise<NameSockets | undefined>;
}
