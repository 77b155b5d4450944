import type { HResult } from "@oriel/contracts";
import { backup, kernel32 } from "../native/kernel32.ts";
import { hresultOfWin32 } from "./answers.ts";
import type { WindowsLibraries } from "./libraries.ts";

type Libraries = Pick<WindowsLibraries, "backup" | "kernel32">;

export const invalidHandle = 0xffffffffffffffffn;

const GENERIC_READ_WRITE = 0xc0000000;
const SHARE_READ_WRITE = 3;
const OPEN_EXISTING = 3;
/** FILE_FLAG_BACKUP_SEMANTICS, without which no directory is opened. */
const BACKUP_SEMANTICS = 0x02000000;

interface Opened {
  readonly hresult: HResult;
  /** `invalidHandle` where the HRESULT is a failure. */
  readonly handle: bigint;
}

function open(libraries: Libraries, path: string, access: number, flags: number): Opened {
  const { CreateFileW } = backup(libraries.backup);
  const { GetLastError } = kernel32(libraries.kernel32);
  const handle = BigInt(CreateFileW(path, access, SHARE_READ_WRITE, 0n, OPEN_EXISTING, flags, 0n));
  return { hresult: handle === invalidHandle ? hresultOfWin32(Number(GetLastError())) : 0, handle };
}

/** Opens a disk (`\\.\PhysicalDrive1`) or a volume (`\\?\Volume{…}`, no backslash at its end) to read and write. */
export function openDevice(libraries: Libraries, path: string): Opened {
  return open(libraries, path, GENERIC_READ_WRITE, 0);
}

/** Opens a file or directory to ask about it: that needs no right to its content. */
export function openToAsk(libraries: Libraries, path: string): Opened {
  return open(libraries, path, 0, BACKUP_SEMANTICS);
}
