/** Where the programs of a compute system are: in its own name space, on the host's network, or with a loopback address only. */
export type SystemNetwork =
  /** `enter`: words to put before a command, so that it runs there. */
  { readonly kind: "joined"; readonly enter: readonly string[] } | { readonly kind: "host" } | { readonly kind: "loopback" };
