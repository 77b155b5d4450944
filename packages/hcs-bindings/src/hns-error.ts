import { type ErrorCode, HCN, type HResult } from "@oriel/contracts";
import { describeHresult, displayCode } from "./catalogue/hresult-catalogue.ts";
import { errorClasses, type HcsError, type HcsFailure } from "./hcs-error.ts";

export interface HnsErrorOptions {
  /** `network.create` */
  readonly op: string;
  /** Of the call, or `ErrorCode` of the envelope; undefined where the envelope has none. */
  readonly hresult: HResult | undefined;
  /** `Error` of the envelope; undefined where the call itself failed. */
  readonly text: string | undefined;
  /** Id or name of the network or endpoint concerned. */
  readonly resource?: string | undefined;
}

/** Words of the host network service for an object that is gone; envelopes of older versions carry no code. */
const noSuchObject = "the object identifier does not represent a valid object";

/** The Oriel error for a refusal of the host network service, in the words that dockerd has for it. */
export function hnsError({ op, hresult, text, resource }: HnsErrorOptions): HcsError {
  const found = (hresult ?? (text?.toLowerCase().includes(noSuchObject) ? HCN.ENDPOINT_NOT_FOUND : E_FAIL)) >>> 0;
  const entry = describeHresult(found);
  const message =
    text === undefined ? `hnsCall failed in Win32: ${entry.meaning} (${displayCode(found)})` : `HNS failed with error : ${text.trim()}`;
  // What a refusal without a known code means nobody can say: it may succeed later.
  const code: ErrorCode = entry.code === "Internal" ? "Unavailable" : entry.code;
  const error = new errorClasses[code](message, { op, remedy: entry.remedy, resource });
  const failure: HcsFailure = { hresult: found, symbol: entry.symbol, events: [] };
  return Object.assign(error, failure);
}

const E_FAIL = 0x80004005;
