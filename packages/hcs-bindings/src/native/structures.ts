import type { TypeObject } from "koffi";
import { koffi } from "./koffi.ts";

function define() {
  const { struct, array } = koffi();
  const guid = array("uint8", 16, "Array");
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
    /** FILE_DISPOSITION_INFO. */
    fileDispositionInfo: struct({ DeleteFile: "uint8" }),
    /** TOKEN_PRIVILEGES with one entry; a LUID aligns to 4, so it is two numbers here. */
    tokenPrivileges: struct({ PrivilegeCount: "uint32", LowPart: "uint32", HighPart: "int32", Attributes: "uint32" }),
  } satisfies Record<string, TypeObject>;
}

let defined: ReturnType<typeof define> | undefined;

/** The structures that cross the boundary, laid out by koffi as the C compiler of the host would. */
export function structures(): ReturnType<typeof define> {
  defined ??= define();
  return defined;
}
