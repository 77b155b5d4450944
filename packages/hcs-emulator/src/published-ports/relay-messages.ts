import type { PortTarget } from "./forwarder.ts";

/** What the daemon asks of its relay. `port`: a forwarder, by a number of the daemon's. */
export type RelayRequest = { readonly id: number } & (
  | /** The listening socket comes with it. */ { readonly kind: "take"; readonly port: number; readonly protocol: "tcp" | "udp" }
  | { readonly kind: "aim"; readonly port: number; readonly target: PortTarget }
  | { readonly kind: "close"; readonly port: number }
  | { readonly kind: "bind"; readonly address: string; readonly portNumber: number }
  | { readonly kind: "forget"; readonly mark: number }
);

/** A reply to the request of that number; `part`: one socket of two, the other comes with the last message. */
export interface RelayReply {
  readonly id: number;
  readonly part?: "udp";
  readonly error?: { readonly message: string; readonly code: string };
}
