/** HCN_E_* (winerror.h), with the words that the host network service says. */
export const HNS = {
  NETWORK_NOT_FOUND: [0x803b0001, "The object identifier does not represent a valid object. "],
  ENDPOINT_NOT_FOUND: [0x803b0002, "The object identifier does not represent a valid object. "],
  INVALID_NETWORK: [0x803b000a, "Invalid network. "],
  INVALID_NETWORK_TYPE: [0x803b000b, "Invalid network type. "],
  INVALID_POLICY: [0x803b000d, "Invalid policy. "],
  NETWORK_ALREADY_EXISTS: [0x803b0010, "The network already exists. "],
  PORT_ALREADY_EXISTS: [0x803b0013, "The specified port already exists. "],
  ENDPOINT_ALREADY_ATTACHED: [0x803b0014, "The endpoint is already attached. "],
  REQUEST_UNSUPPORTED: [0x803b0015, "The request is not supported. "],
  INVALID_JSON: [0x803b001b, "The JSON document is invalid. "],
  INVALID_IP: [0x803b001e, "The IP address is invalid, or in use. "],
  ENTITY_HAS_REFERENCES: [0x803b002c, "The specified entity cannot be removed while it still has references. "],
  ENDPOINT_NOT_ATTACHED: [0x803b0034, "The endpoint is not attached. "],
} as const satisfies Readonly<Record<string, readonly [code: number, message: string]>>;

/** A request that the host network service refuses. */
export class HnsFailure extends Error {
  readonly code: number;
  /** @param more what is said beside the words of the service */
  constructor([code, message]: readonly [code: number, message: string], more = "") {
    super(`${message}${more}`);
    this.code = code;
  }
}
