import path from "node:path";
import { type DiskHandle, hresultFromWin32, type RawDisk, WIN32 } from "@oriel/contracts";
import { HandleTable, noHandle } from "../handle-table.ts";
import { answerOf, answerWith, HresultFailure } from "../host/answers.ts";
import { exists, layerNames, readDisk, writeDisk } from "../layers/layer-folder.ts";
import type { LayerVolumes } from "../layers/layer-volumes.ts";

interface OpenDisk {
  readonly file: string;
  readonly readOnly: boolean;
}

/** An attached disk, by its file. */
interface AttachedDisk {
  readonly number: number;
  readonly permanent: boolean;
}

function fail(code: number, message: string): never {
  throw new HresultFailure(hresultFromWin32(code), message);
}

/** The functions of virtdisk.dll over the documents that stand for disks, and what storage must know of open ones. */
export interface EmulatedDisks {
  readonly raw: RawDisk;
  /** `\\?\Volume{GUID}\` of an attached disk. @throws HresultFailure: INVALID_HANDLE, NOT_READY */
  volumeOf(disk: DiskHandle): string;
  /** @throws HresultFailure INVALID_HANDLE */
  requireOpen(disk: DiskHandle): void;
  /** Open handles. */
  openDisks(): number;
}

export function createEmulatedDisks(volumes: LayerVolumes): EmulatedDisks {
  const handles = new HandleTable<"HANDLE(disk)", OpenDisk>();
  const attached = new Map<string, AttachedDisk>();
  let lastDrive = 0;

  const find = (disk: DiskHandle): OpenDisk => handles.get(disk) ?? fail(WIN32.INVALID_HANDLE, "the disk is not open");
  const requireAttached = (file: string): AttachedDisk => attached.get(file) ?? fail(WIN32.NOT_READY, `${file} is not attached`);
  const opening = (work: () => Promise<OpenDisk>) => answerWith("disk", noHandle<"HANDLE(disk)">(), async () => handles.open(await work()));
  const detach = async (file: string): Promise<void> => {
    attached.delete(file);
    await volumes.detach(ownerOf(file));
  };

  const raw: RawDisk = {
    CreateVirtualDisk: ({ path: file, maximumSize, parentPath }) =>
      opening(async () => {
        if (exists(file)) fail(WIN32.FILE_EXISTS, `${file} exists`);
        const parent = parentPath === undefined ? undefined : readDisk(parentPath);
        if (parentPath !== undefined && parent === undefined) fail(WIN32.FILE_NOT_FOUND, `${parentPath} is not there`);
        const size = parent?.size ?? Number(maximumSize);
        if (size <= 0) fail(WIN32.INVALID_PARAMETER, `${file} would be a disk of ${size} bytes`);
        writeDisk(file, { emulatedDisk: 1, size, parent: parentPath }, "wx");
        return { file, readOnly: false };
      }),

    OpenVirtualDisk: (file, { readOnly }) =>
      opening(async () => {
        if (readDisk(file) === undefined) fail(WIN32.FILE_NOT_FOUND, `${file} is not there`);
        return { file, readOnly };
      }),

    AttachVirtualDisk: (disk, { readOnly, permanent }) =>
      answerOf(async () => {
        const { file, readOnly: openedReadOnly } = find(disk);
        if (openedReadOnly && !readOnly) fail(WIN32.ACCESS_DENIED, `${file} is open for reading only`);
        const owner = ownerOf(file);
        if (attached.has(file) || volumes.isAttached(owner)) fail(WIN32.SHARING_VIOLATION, `${file} is attached`);
        lastDrive += 1;
        attached.set(file, { number: lastDrive, permanent });
        volumes.attach(owner);
      }),

    DetachVirtualDisk: (disk) =>
      answerOf(async () => {
        const { file } = find(disk);
        requireAttached(file);
        await detach(file);
      }),

    GetVirtualDiskPhysicalPath: (disk) =>
      answerWith("path", "", async () => `\\\\.\\PhysicalDrive${requireAttached(find(disk).file).number}`),

    ExpandVirtualDisk: (disk, newSize) =>
      answerOf(async () => {
        const { file } = find(disk);
        if (attached.has(file)) fail(WIN32.SHARING_VIOLATION, `${file} is attached`);
        const known = readDisk(file) ?? fail(WIN32.FILE_NOT_FOUND, `${file} is not there`);
        if (newSize < BigInt(known.size)) fail(WIN32.INVALID_PARAMETER, `${file} has ${known.size} bytes, more than ${newSize}`);
        writeDisk(file, { ...known, size: Number(newSize) });
      }),

    // The volume is a folder: it has the size of its disk at any time.
    ExtendVolume: (volumePath) =>
      answerOf(async () => {
        if (volumes.layerOf(volumePath) === undefined) fail(WIN32.PATH_NOT_FOUND, `there is no volume ${volumePath}`);
      }),

    CloseDisk: (disk) =>
      answerOf(async () => {
        const closed = handles.close(disk) ?? fail(WIN32.INVALID_HANDLE, "the disk is not open");
        const others = [...handles.values()].some(({ file }) => file === closed.file);
        if (!others && attached.get(closed.file)?.permanent === false) await detach(closed.file);
      }),
  };

  return {
    raw,
    volumeOf: (disk) => {
      const { file } = find(disk);
      requireAttached(file);
      return `${volumes.volumeOf(ownerOf(file)) ?? ""}\\`;
    },
    requireOpen: (disk) => void find(disk),
    openDisks: () => handles.size,
  };
}

/** The scratch that a disk is of; any other disk stands for itself. */
function ownerOf(file: string): string {
  return path.basename(file) === layerNames.sandbox ? path.dirname(file) : file;
}
