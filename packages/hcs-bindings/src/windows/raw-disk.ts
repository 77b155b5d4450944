import type { Handle, HResult } from "@oriel/contracts";

/** A HANDLE of a virtual disk. */
export type DiskHandle = Handle<"HANDLE(disk)">;

/** A differencing disk has a parent; a disk without one has a size. */
export interface NewDisk {
  readonly path: string;
  /** Bytes; 0 with a parent. */
  readonly maximumSize: bigint;
  /** Bytes; 0 for the default. */
  readonly blockSize: number;
  readonly parentPath: string | undefined;
}

/** The functions of virtdisk.dll that layers need, for VHDX files. Of Windows alone, as those of computestorage.dll. */
export interface RawDisk {
  CreateVirtualDisk(disk: NewDisk): Promise<{ readonly hresult: HResult; readonly disk: DiskHandle }>;
  OpenVirtualDisk(path: string, options: { readonly readOnly: boolean }): Promise<{ readonly hresult: HResult; readonly disk: DiskHandle }>;
  /** `permanent`: stays attached when the handle is closed. */
  AttachVirtualDisk(
    disk: DiskHandle,
    options: { readonly readOnly: boolean; readonly permanent: boolean },
  ): Promise<{ readonly hresult: HResult }>;
  DetachVirtualDisk(disk: DiskHandle): Promise<{ readonly hresult: HResult }>;
  /** `\\.\PhysicalDriveN` of an attached disk. */
  GetVirtualDiskPhysicalPath(disk: DiskHandle): Promise<{ readonly hresult: HResult; readonly path: string }>;
  /** Grows a disk that is not attached. */
  ExpandVirtualDisk(disk: DiskHandle, newSize: bigint): Promise<{ readonly hresult: HResult }>;
  CloseDisk(disk: DiskHandle): Promise<{ readonly hresult: HResult }>;
}
