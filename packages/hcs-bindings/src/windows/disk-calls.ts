import type { DiskHandle, HResult, RawDisk } from "@oriel/contracts";
import { backup, kernel32 } from "../native/kernel32.ts";
import { virtdisk } from "../native/virtdisk.ts";
import { hresultOfWin32, optionalAnswer, type Sync } from "./answers.ts";
import { invalidHandle, openDevice } from "./file-handles.ts";
import { guidBytes } from "./guid.ts";
import type { WindowsLibraries } from "./libraries.ts";
import type { Privileges } from "./privileges.ts";

/** The functions of virtdisk.dll as a call thread runs them. */
export type DiskCalls = { readonly [K in keyof RawDisk]: Sync<RawDisk[K]> };

// virtdisk.h and winioctl.h.
const VIRTUAL_STORAGE_TYPE_DEVICE_VHDX = 3;
const VENDOR_MICROSOFT = guidBytes("ec984aec-a0f9-47e9-901f-71415a66345b");
const ACCESS_NONE = 0;
const ATTACH_READ_ONLY = 1;
const ATTACH_NO_DRIVE_LETTER = 2;
const ATTACH_PERMANENT_LIFETIME = 4;
const IOCTL_DISK_GET_LENGTH_INFO = 0x0007405c;
const FSCTL_EXTEND_VOLUME = 0x000900f0;

const noGuid = Array.from({ length: 16 }, () => 0);
const vhdx = { DeviceId: VIRTUAL_STORAGE_TYPE_DEVICE_VHDX, VendorId: VENDOR_MICROSOFT };
/** The kind of a disk that has no parent, or of a source that there is not. */
const noType = { DeviceId: 0, VendorId: noGuid };
const noDisk = { disk: 0n as DiskHandle };

interface Answer {
  readonly hresult: HResult;
}

export function createDiskCalls(libraries: Pick<WindowsLibraries, "virtdisk" | "backup" | "kernel32">, privileges: Privileges): DiskCalls {
  const native = virtdisk(libraries.virtdisk);
  const { CloseHandle, DeviceIoControl, GetDiskFreeSpaceW } = backup(libraries.backup);
  const { GetLastError } = kernel32(libraries.kernel32);
  const done = (succeeded: number | bigint): Answer => ({ hresult: Number(succeeded) === 0 ? hresultOfWin32(Number(GetLastError())) : 0 });
  const code = (win32: number | bigint): Answer => ({ hresult: hresultOfWin32(Number(win32)) });

  const opening = (call: (disk: [number | bigint]) => number | bigint): Answer & { readonly disk: DiskHandle } =>
    optionalAnswer(noDisk, () => {
      const disk: [number | bigint] = [0n];
      const { hresult } = code(call(disk));
      return { hresult, disk: (hresult === 0 ? BigInt(disk[0]) : 0n) as DiskHandle };
    });

  return {
    CreateVirtualDisk: ({ path, maximumSize, blockSize, parentPath }) =>
      opening((disk) => {
        const parameters = {
          Version: 2,
          Version2: {
            UniqueId: noGuid,
            MaximumSize: maximumSize,
            BlockSizeInBytes: blockSize,
            SectorSizeInBytes: parentPath === undefined ? 512 : 0,
            PhysicalSectorSizeInBytes: 0,
            ParentPath: parentPath ?? null,
            SourcePath: null,
            OpenFlags: 0,
            ParentVirtualStorageType: parentPath === undefined ? noType : vhdx,
            SourceVirtualStorageType: noType,
            ResiliencyGuid: noGuid,
          },
        };
        return native.CreateVirtualDisk(vhdx, path, ACCESS_NONE, 0n, 0, 0, parameters, 0n, disk);
      }),
    OpenVirtualDisk: (path, { readOnly }) =>
      opening((disk) => {
        const parameters = { Version: 2, Version2: { GetInfoOnly: 0, ReadOnly: readOnly ? 1 : 0, ResiliencyGuid: noGuid } };
        return native.OpenVirtualDisk(vhdx, path, ACCESS_NONE, 0, parameters, disk);
      }),
    AttachVirtualDisk: (disk, { readOnly, permanent }) =>
      optionalAnswer({}, () => {
        privileges.enable();
        const flags = ATTACH_NO_DRIVE_LETTER | (readOnly ? ATTACH_READ_ONLY : 0) | (permanent ? ATTACH_PERMANENT_LIFETIME : 0);
        const parameters = { Version: 1, Version2: { RestrictedOffset: 0, RestrictedLength: 0 } };
        return code(native.AttachVirtualDisk(disk, 0n, flags, 0, parameters, 0n));
      }),
    DetachVirtualDisk: (disk) => optionalAnswer({}, () => code(native.DetachVirtualDisk(disk, 0, 0))),
    GetVirtualDiskPhysicalPath: (disk) =>
      optionalAnswer({ path: "" }, () => {
        const buffer = new Uint16Array(260);
        const { hresult } = code(native.GetVirtualDiskPhysicalPath(disk, [buffer.byteLength], buffer));
        const text = Buffer.from(buffer.buffer).toString("utf16le");
        return { hresult, path: hresult === 0 ? text.slice(0, text.indexOf("\0")) : "" };
      }),
    ExpandVirtualDisk: (disk, newSize) =>
      optionalAnswer({}, () => code(native.ExpandVirtualDisk(disk, 0, { Version: 1, Version1: { NewSize: newSize } }, 0n))),
    ExtendVolume: (volumePath) =>
      optionalAnswer({}, () => {
        const volume = volumePath.replace(/\\$/, "");
        const { hresult, handle } = openDevice(libraries, volume);
        if (handle === invalidHandle) return { hresult };
        try {
          const partition = new BigInt64Array(1);
          const asked = done(DeviceIoControl(handle, IOCTL_DISK_GET_LENGTH_INFO, null, 0, partition, partition.byteLength, [0], 0n));
          if (asked.hresult !== 0) return asked;
          const [perCluster, perSector, free, clusters] = [[0], [0], [0], [0]] as const;
          const space = done(GetDiskFreeSpaceW(`${volume}\\`, perCluster, perSector, free, clusters));
          if (space.hresult !== 0) return space;
          const clusterSize = BigInt(perCluster[0]) * BigInt(perSector[0]);
          if (clusterSize === 0n) return { hresult: 0 };
          const wanted = (partition[0] ?? 0n) / clusterSize;
          // NTFS keeps one cluster for itself. Growing a volume that is whole already is an error to it (hcsshim, expandSandboxVolume).
          if (BigInt(clusters[0]) + 1n >= wanted) return { hresult: 0 };
          const sectors = new BigInt64Array([wanted * BigInt(perCluster[0])]);
          return done(DeviceIoControl(handle, FSCTL_EXTEND_VOLUME, sectors, sectors.byteLength, null, 0, [0], 0n));
        } finally {
          CloseHandle(handle);
        }
      }),
    CloseDisk: (disk) => optionalAnswer({}, () => done(CloseHandle(disk))),
  };
}
