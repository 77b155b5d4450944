/** HRESULTs are carried as unsigned 32-bit numbers: `0xC0370103`, not `-1070137085`. */
export type HResult = number;

export const S_OK: HResult = 0;

/** Whether an HRESULT means failure: its highest bit is set. */
export function hresultFailed(hresult: HResult): boolean {
  return hresult >>> 31 === 1;
}

/** The HRESULT of a Win32 error code (FACILITY_WIN32), as the macro `HRESULT_FROM_WIN32` makes it. */
export function hresultFromWin32(code: number): HResult {
  return code === 0 ? S_OK : (0x80070000 | (code & 0xffff)) >>> 0;
}

/** The Win32 error code inside an HRESULT of FACILITY_WIN32, otherwise undefined. */
export function win32FromHresult(hresult: HResult): number | undefined {
  return (hresult & 0x1fff0000) === 0x00070000 ? hresult & 0xffff : undefined;
}

/** `0xC0370103`: the form that Windows' own documents use. */
export function formatHresult(hresult: HResult): string {
  return `0x${(hresult >>> 0).toString(16).padStart(8, "0").toUpperCase()}`;
}
