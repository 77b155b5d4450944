import { type HResult, hresultFromWin32, isOrielError, S_OK, WIN32 } from "@oriel/contracts";

const win32OfErrno: Readonly<Record<string, number>> = {
  ENOENT: WIN32.FILE_NOT_FOUND,
  ENOTDIR: WIN32.PATH_NOT_FOUND,
  EEXIST: WIN32.ALREADY_EXISTS,
  EACCES: WIN32.ACCESS_DENIED,
  EPERM: WIN32.ACCESS_DENIED,
  EROFS: WIN32.ACCESS_DENIED,
  EBUSY: WIN32.SHARING_VIOLATION,
  ENOTEMPTY: WIN32.SHARING_VIOLATION,
  EINVAL: WIN32.INVALID_PARAMETER,
  ENOSPC: WIN32.DISK_FULL,
  EDQUOT: WIN32.DISK_FULL,
  ENAMETOOLONG: WIN32.FILENAME_EXCED_RANGE,
};

/** A failure that has an HRESULT of its own. */
export class HresultFailure extends Error {
  readonly hresult: HResult;
  constructor(hresult: HResult, message: string) {
    super(message);
    this.hresult = hresult;
  }
}

/** The HRESULT that Windows would answer for a failure of the host: raw functions never throw. */
export function hresultOf(error: unknown): HResult {
  if (error instanceof HresultFailure) return error.hresult;
  if (isOrielError(error, "InvalidArgument")) return hresultFromWin32(WIN32.INVALID_DATA);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return hresultFromWin32(win32OfErrno[code] ?? WIN32.GEN_FAILURE);
}

/** Runs `work` and answers S_OK, or the HRESULT of its failure. */
export async function answerOf(work: () => Promise<unknown>): Promise<{ readonly hresult: HResult }> {
  try {
    await work();
    return { hresult: S_OK };
  } catch (error) {
    return { hresult: hresultOf(error) };
  }
}

/** The same for a function with an out parameter; `none` is its value on failure. */
export async function answerWith<Key extends string, Value>(
  key: Key,
  none: Value,
  work: () => Promise<Value>,
): Promise<{ readonly hresult: HResult } & { readonly [K in Key]: Value }> {
  let hresult: HResult = S_OK;
  let value = none;
  try {
    value = await work();
  } catch (error) {
    hresult = hresultOf(error);
  }
  return { hresult, [key]: value } as { readonly hresult: HResult } & { readonly [K in Key]: Value };
}
