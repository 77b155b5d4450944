import type { TypeObject } from "koffi";
import { koffi } from "./koffi.ts";

function define() {
  const { struct, array } = koffi();
  const guid = array("uint8", 16, "Array");
  const virtualStorageType = struct({ DeviceId: "uint32", VendorId: guid });
  return {
    /** HCS_PROCESS_INFORMATION: https://learn.microsoft.com/virtualization/api/hcs/reference/hcs_process_information */
    processInformation: struct({
      ProcessId: "uint32",
      Reserved: "uint32",
      StdInput: "uintptr_t",
      StdOutput: "uintptr_t",
      StdError: "uintptr_t",
    }),
    /** DriverInfo of the layer functions. */
    driverInfo: struct({ Flavour: "int32", HomeDir: "str16" }),
    /** WC_LAYER_DESCRIPTOR; the GUID as its 16 bytes, which align to 4 in C as here to the Flags behind them. */
    layerDescriptor: struct({ LayerId: guid, Flags: "uint32", Path: "str16" }),
    guid,
    /** RTL_OSVERSIONINFOW. */
    osVersionInfo: struct({
      dwOSVersionInfoSize: "uint32",
      dwMajorVersion: "uint32",
      dwMinorVersion: "uint32",
      dwBuildNumber: "uint32",
      dwPlatformId: "uint32",
      szCSDVersion: array("char16_t", 128, "Array"),
    }),
    /** FILE_BASIC_INFO. */
    fileBasicInfo: struct({
      CreationTime: "int64",
      LastAccessTime: "int64",
      LastWriteTime: "int64",
      ChangeTime: "int64",
      FileAttributes: "uint32",
    }),
    /** FILE_STANDARD_INFO. */
    fileStandardInfo: struct({
      AllocationSize: "int64",
      EndOfFile: "int64",
      NumberOfLinks: "uint32",
      DeletePending: "uint8",
      Directory: "uint8",
    }),
    /** FILE_ID_INFO. */
    fileIdInfo: struct({ VolumeSerialNumber: "uint64", FileId: guid }),
    /** FILE_DISPOSITION_INFO. */
    fileDispositionInfo: struct({ DeleteFile: "uint8" }),
    /** TOKEN_PRIVILEGES with one entry; a LUID aligns to 4, so it is two numbers here. */
    tokenPrivileges: struct({ PrivilegeCount: "uint32", LowPart: "uint32", HighPart: "int32", Attributes: "uint32" }),
    /** VIRTUAL_STORAGE_TYPE. */
    virtualStorageType,
    // The parameters of virtdisk.dll are a version and the union's member for it: a structure inside, so that it aligns as the union does.
    /** CREATE_VIRTUAL_DISK_PARAMETERS, version 2. */
    createVirtualDisk: struct({
      Version: "uint32",
      Version2: struct({
        UniqueId: guid,
        MaximumSize: "uint64",
        BlockSizeInBytes: "uint32",
        SectorSizeInBytes: "uint32",
        PhysicalSectorSizeInBytes: "uint32",
        ParentPath: "str16",
        SourcePath: "str16",
        OpenFlags: "uint32",
        ParentVirtualStorageType: virtualStorageType,
        SourceVirtualStorageType: virtualStorageType,
        ResiliencyGuid: guid,
      }),
    }),
    /** OPEN_VIRTUAL_DISK_PARAMETERS, version 2. */
    openVirtualDisk: struct({ Version: "uint32", Version2: struct({ GetInfoOnly: "int32", ReadOnly: "int32", ResiliencyGuid: guid }) }),
    /** ATTACH_VIRTUAL_DISK_PARAMETERS as of version 2, whose union aligns to 8; version 1 has one reserved number in it. */
    attachVirtualDisk: struct({ Version: "uint32", Version2: struct({ RestrictedOffset: "uint64", RestrictedLength: "uint64" }) }),
    /** EXPAND_VIRTUAL_DISK_PARAMETERS, version 1. */
    expandVirtualDisk: struct({ Version: "uint32", Version1: struct({ NewSize: "uint64" }) }),
  } satisfies Record<string, TypeObject>;
}

let defined: ReturnType<typeof define> | undefined;

/** The structures that cross the boundary, laid out by koffi as the C compiler of the host would. */
export function structures(): ReturnType<typeof define> {
  defined ??= define();
  return defined;
}
