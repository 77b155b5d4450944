import { koffi } from "./koffi.ts";
import { declareLibrary, type NativeFunction, type Prototype } from "./library.ts";
import { structures } from "./structures.ts";

const names = [
  "CreateVirtualDisk",
  "OpenVirtualDisk",
  "AttachVirtualDisk",
  "DetachVirtualDisk",
  "GetVirtualDiskPhysicalPath",
  "ExpandVirtualDisk",
] as const;
type VirtdiskName = (typeof names)[number];

const text = "str16";
const handle = "uintptr_t";
const win32 = "uint32";
const number = "uint32";

function prototypes(): { readonly [K in VirtdiskName]: Prototype } {
  const { inout, pointer } = koffi();
  const { virtualStorageType, createVirtualDisk, openVirtualDisk, attachVirtualDisk, expandVirtualDisk } = structures();
  const outHandle = inout(pointer(handle));
  const type = pointer(virtualStorageType);
  // Security descriptor and OVERLAPPED are always NULL here.
  const none = handle;
  return {
    CreateVirtualDisk: [win32, type, text, number, none, number, number, pointer(createVirtualDisk), none, outHandle],
    OpenVirtualDisk: [win32, type, text, number, number, pointer(openVirtualDisk), outHandle],
    AttachVirtualDisk: [win32, handle, none, number, number, pointer(attachVirtualDisk), none],
    DetachVirtualDisk: [win32, handle, number, number],
    GetVirtualDiskPhysicalPath: [win32, handle, inout(pointer("uint32")), pointer("char16_t")],
    ExpandVirtualDisk: [win32, handle, number, pointer(expandVirtualDisk), none],
  };
}

/** Virtual disks. Every function answers a Win32 error code. */
export function virtdisk(file: string): { readonly [K in VirtdiskName]: NativeFunction } {
  return declareLibrary(file, prototypes, names);
}
