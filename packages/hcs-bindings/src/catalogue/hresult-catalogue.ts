import { formatHresult, type HResult, win32FromHresult } from "@oriel/contracts";
import { diskCodes } from "./disk-codes.ts";
import type { HresultEntry } from "./entry.ts";
import { hcsCodes } from "./hcs-codes.ts";
import { networkCodes } from "./network-codes.ts";
import { win32Codes } from "./win32-codes.ts";

const generalCodes: Readonly<Record<number, HresultEntry>> = {
  2147500033: {
    symbol: "E_NOTIMPL",
    code: "Unimplemented",
    meaning: "Not implemented.",
    cause: "This Windows version or this kind of container does not have the operation.",
    remedy: "Use a newer Windows version, or another isolation.",
  },
  2147500034: {
    symbol: "E_NOINTERFACE",
    code: "Unimplemented",
    meaning: "No such interface supported.",
    cause: "A part of the container feature is older than the rest.",
    remedy: "Install the latest Windows updates.",
  },
  2147500037: {
    symbol: "E_FAIL",
    code: "Internal",
    meaning: "Unspecified error.",
    cause: "The service gives no reason.",
    remedy: "Look into the host's Hyper-V-Compute event log.",
  },
  2147549183: {
    symbol: "E_UNEXPECTED",
    code: "Internal",
    meaning: "Catastrophic failure.",
    cause: "The service met a state that it has no answer for.",
    remedy: "Restart the vmcompute service; look into the host's Hyper-V-Compute event log if it repeats.",
  },
};

/** Facility of HCS's own codes, in vmcompute's form (0xC037) and computecore's (0x8037). */
function isHcsFacility(hresult: HResult): boolean {
  const high = hresult >>> 16;
  return high === 0xc037 || high === 0x8037;
}

/** Tables of the facilities that have their own codes, by the upper half of an HRESULT. */
const facilities: ReadonlyMap<number, Readonly<Record<number, HresultEntry>>> = new Map([
  [0xc037, hcsCodes],
  [0x8037, hcsCodes],
  [0x803b, networkCodes],
  [0xc03a, diskCodes],
]);

/** What is known of `hresult`; for a code that the catalogue lacks, an entry that says so and names the number. */
export function describeHresult(hresult: HResult): HresultEntry {
  const unsigned = hresult >>> 0;
  const win32 = win32FromHresult(unsigned);
  const own = facilities.get(unsigned >>> 16);
  const known = own === undefined ? (win32 === undefined ? generalCodes[unsigned] : win32Codes[win32]) : own[unsigned & 0xffff];
  return (
    known ?? {
      symbol: formatHresult(unsigned),
      code: "Internal",
      meaning: `The system answered ${formatHresult(unsigned)}.`,
      cause: "The catalogue does not know this code.",
      remedy: "Look the code up in Microsoft's list of system error codes, and into the host's event log.",
    }
  );
}

/**
 * The number that users know from Windows' own messages: the Win32 code where the HRESULT wraps one (`0x2`), otherwise
 * the HRESULT (`0xc037010e`).
 */
export function displayCode(hresult: HResult): string {
  return `0x${(win32FromHresult(hresult) ?? hresult >>> 0).toString(16)}`;
}

/**
 * Whether two HRESULTs mean the same: HCS's codes are the same with the prefix 0xC037 and 0x8037.
 * @example sameHresult(0x80370110, HCS.SYSTEM_ALREADY_STOPPED) // true
 */
export function sameHresult(left: HResult, right: HResult): boolean {
  if (left >>> 0 === right >>> 0) return true;
  return isHcsFacility(left) && isHcsFacility(right) && (left & 0xffff) === (right & 0xffff);
}
