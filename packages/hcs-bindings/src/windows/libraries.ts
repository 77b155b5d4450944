/** Where each DLL is loaded from: a name that the loader finds, or a path. */
export interface WindowsLibraries {
  /** Compute systems, layers and networks. */
  readonly vmcompute: string;
  /** The layer functions of Windows Server 2019 and later. */
  readonly computestorage: string;
  /** Virtual disks. */
  readonly virtdisk: string;
  /** CoTaskMemFree. */
  readonly ole32: string;
  readonly kernel32: string;
  readonly advapi32: string;
  readonly ntdll: string;
  /** Files of layers, disks and volumes: what of kernel32.dll reads, writes, describes and removes them, backup streams above all. */
  readonly backup: string;
  /** libuv's exports. */
  readonly libuv: string;
}

/** The DLLs of Windows itself; libuv is in the executable. */
export const windowsLibraries: WindowsLibraries = {
  vmcompute: "vmcompute.dll",
  computestorage: "computestorage.dll",
  virtdisk: "virtdisk.dll",
  ole32: "ole32.dll",
  kernel32: "kernel32.dll",
  advapi32: "advapi32.dll",
  ntdll: "ntdll.dll",
  backup: "kernel32.dll",
  libuv: process.execPath,
};
