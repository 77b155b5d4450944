import type { HResult, OsVersion } from "@oriel/contracts";
import { advapi32 } from "../native/advapi32.ts";
import { backup, kernel32 } from "../native/kernel32.ts";
import { ntdll } from "../native/ntdll.ts";
import { structures } from "../native/structures.ts";
import { answer, hresultOfWin32 } from "./answers.ts";
import { invalidHandle, openToAsk } from "./file-handles.ts";
import type { WindowsLibraries } from "./libraries.ts";

const HKEY_LOCAL_MACHINE = 0x80000002n;
const RRF_RT_REG_SZ = 0x2;
const RRF_RT_REG_DWORD = 0x10;
/** MAX_PATH, in characters. */
const maximumPath = 260;
const currentVersion = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";

/** What the host says of itself, as a call thread asks it. */
export interface SystemCalls {
  RtlGetVersion(): { readonly hresult: HResult; readonly version: OsVersion };
  RegGetString(key: string, name: string): { readonly hresult: HResult; readonly value: string };
  GetVolumeInformation(path: string): { readonly hresult: HResult; readonly fileSystem: string };
}

export function createSystemCalls(libraries: Pick<WindowsLibraries, "ntdll" | "advapi32" | "backup" | "kernel32">): SystemCalls {
  const { RtlGetVersion } = ntdll(libraries.ntdll);
  const { RegGetValueW } = advapi32(libraries.advapi32);
  const { GetVolumeInformationByHandleW, CloseHandle } = backup(libraries.backup);
  const { GetLastError } = kernel32(libraries.kernel32);

  const revision = (): number => {
    const value = new Uint32Array(1);
    const failure = RegGetValueW(HKEY_LOCAL_MACHINE, currentVersion, "UBR", RRF_RT_REG_DWORD, 0n, value, [4]);
    return failure === 0 ? (value[0] ?? 0) : 0;
  };

  return {
    RtlGetVersion: () =>
      answer({ version: { major: 0, minor: 0, build: 0, revision: 0 } }, () => {
        const { osVersionInfo } = structures();
        const info = {
          dwOSVersionInfoSize: osVersionInfo.size,
          dwMajorVersion: 0,
          dwMinorVersion: 0,
          dwBuildNumber: 0,
          dwPlatformId: 0,
          szCSDVersion: Array.from({ length: 128 }, () => 0),
        };
        const status = Number(RtlGetVersion(info));
        const version = { major: info.dwMajorVersion, minor: info.dwMinorVersion, build: info.dwBuildNumber, revision: revision() };
        return { hresult: status, version };
      }),
    RegGetString: (key, name) =>
      answer({ value: "" }, () => {
        const size = [0];
        const asked = Number(RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_SZ, 0n, null, size));
        if (asked !== 0) return { hresult: hresultOfWin32(asked), value: "" };
        const bytes = Buffer.alloc(size[0] ?? 0);
        const failure = Number(RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_SZ, 0n, bytes, size));
        const text = bytes.toString("utf16le", 0, size[0] ?? 0);
        return { hresult: hresultOfWin32(failure), value: failure === 0 ? text.replace(/\0.*$/s, "") : "" };
      }),
    GetVolumeInformation: (path) =>
      answer({ fileSystem: "" }, () => {
        const { hresult, handle } = openToAsk(libraries, path);
        if (handle === invalidHandle) return { hresult, fileSystem: "" };
        try {
          const name = Buffer.alloc(2 * maximumPath);
          if (GetVolumeInformationByHandleW(handle, 0n, 0, 0n, 0n, 0n, name, maximumPath) === 0) {
            return { hresult: hresultOfWin32(Number(GetLastError())), fileSystem: "" };
          }
          return { hresult: 0, fileSystem: name.toString("utf16le").replace(/\0.*$/s, "") };
        } finally {
          CloseHandle(handle);
        }
      }),
  };
}
