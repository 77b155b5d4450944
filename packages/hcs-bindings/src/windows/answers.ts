import type { HResult } from "@oriel/contracts";
import { NativeFault } from "../native/library.ts";

// This module and what it imports run in the call threads, which load nothing of other packages, so as to start fast.

/** HRESULT_FROM_WIN32: codes of virtual disks, 0xC03Axxxx, are HRESULTs already. */
export function hresultOfWin32(code: number): HResult {
  if (code === 0 || code >>> 31 === 1) return code >>> 0;
  return (0x80070000 | (code & 0xffff)) >>> 0;
}

/** Returns what `call` answers, or `none` with the code of what the loader did not find: raw functions throw nothing. */
export function answer<Answer extends { readonly hresult: HResult }>(none: NoInfer<Omit<Answer, "hresult">>, call: () => Answer): Answer {
  try {
    return call();
  } catch (fault) {
    if (fault instanceof NativeFault) return { ...none, hresult: hresultOfWin32(fault.win32) } as unknown as Answer;
    throw fault;
  }
}

/** A function of the raw interface, as a call thread runs it: its answer without the promise. */
export type Sync<F> = F extends (...values: infer Values) => Promise<infer Answer> ? (...values: Values) => Answer : never;

const ERROR_MOD_NOT_FOUND = 126;
const ERROR_PROC_NOT_FOUND = 127;

/** The same for a DLL that not every Windows has: where it is absent, its functions are. */
export function optionalAnswer<Answer extends { readonly hresult: HResult }>(
  none: NoInfer<Omit<Answer, "hresult">>,
  call: () => Answer,
): Answer {
  const answered = answer(none, call);
  return answered.hresult === hresultOfWin32(ERROR_MOD_NOT_FOUND)
    ? { ...answered, hresult: hresultOfWin32(ERROR_PROC_NOT_FOUND) }
    : answered;
}
