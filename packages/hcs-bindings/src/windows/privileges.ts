import { advapi32 } from "../native/advapi32.ts";
import { kernel32 } from "../native/kernel32.ts";
import { bytesOf } from "../native/memory.ts";
import { structures } from "../native/structures.ts";
import type { WindowsLibraries } from "./libraries.ts";

// To read and write any file's security, owner and audit rules, and to delete what its own rules protect; the last is for attaching disks.
const names = ["SeBackupPrivilege", "SeRestorePrivilege", "SeSecurityPrivilege", "SeManageVolumePrivilege"];
const TOKEN_ADJUST_PRIVILEGES_AND_QUERY = 0x28;
const SE_PRIVILEGE_ENABLED = 2;

export interface Privileges {
  readonly enable: () => void;
}

/** Enables, once a thread's calls need them, the privileges that layers need. One that the account lacks shows in what then fails. */
export function createPrivileges(libraries: Pick<WindowsLibraries, "kernel32" | "advapi32">): Privileges {
  const { GetCurrentProcess, CloseHandle } = kernel32(libraries.kernel32);
  const { OpenProcessToken, LookupPrivilegeValueW, AdjustTokenPrivileges } = advapi32(libraries.advapi32);
  let enabled = false;
  const enable = (): void => {
    if (enabled) return;
    enabled = true;
    const token: [number | bigint] = [0n];
    if (OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES_AND_QUERY, token) === 0) return;
    for (const name of names) {
      const luid: [number | bigint] = [0n];
      if (LookupPrivilegeValueW(null, name, luid) === 0) continue;
      const value = BigInt(luid[0]);
      const privileges = {
        PrivilegeCount: 1,
        LowPart: Number(value & 0xffffffffn),
        HighPart: Number(value >> 32n),
        Attributes: SE_PRIVILEGE_ENABLED,
      };
      AdjustTokenPrivileges(token[0], 0, bytesOf(structures().tokenPrivileges, privileges), 0, 0n, 0n);
    }
    CloseHandle(token[0]);
  };
  return { enable };
}
