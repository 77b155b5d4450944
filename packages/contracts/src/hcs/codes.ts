import { type HResult, hresultFromWin32 } from "./hresult.ts";

/**
 * HRESULTs of the Host Compute Service as vmcompute.dll reports them (winerror.h, ERROR_VMCOMPUTE_*).
 * The public reference lists the same low words as 0x8037xxxx (HCS_E_*).
 */
export const HCS = {
  TERMINATED_DURING_START: 0xc0370100,
  IMAGE_MISMATCH: 0xc0370101,
  HYPERV_NOT_INSTALLED: 0xc0370102,
  OPERATION_PENDING: 0xc0370103,
  TOO_MANY_NOTIFICATIONS: 0xc0370104,
  INVALID_STATE: 0xc0370105,
  UNEXPECTED_EXIT: 0xc0370106,
  TERMINATED: 0xc0370107,
  CONNECT_FAILED: 0xc0370108,
  TIMEOUT: 0xc0370109,
  CONNECTION_CLOSED: 0xc037010a,
  UNKNOWN_MESSAGE: 0xc037010b,
  UNSUPPORTED_PROTOCOL_VERSION: 0xc037010c,
  INVALID_JSON: 0xc037010d,
  SYSTEM_NOT_FOUND: 0xc037010e,
  SYSTEM_ALREADY_EXISTS: 0xc037010f,
  SYSTEM_ALREADY_STOPPED: 0xc0370110,
  PROTOCOL_ERROR: 0xc0370111,
  INVALID_LAYER: 0xc0370112,
  WINDOWS_INSIDER_REQUIRED: 0xc0370113,
  /** In the other form: so hcsshim found it (internal/hcs/errors.go, ErrProcessAlreadyStopped). */
  PROCESS_ALREADY_STOPPED: 0x8037011f,
} as const;

/** HRESULTs of the host network service (HCN_E_* of winerror.h). */
export const HCN = {
  NETWORK_NOT_FOUND: 0x803b0001,
  ENDPOINT_NOT_FOUND: 0x803b0002,
  PORT_ALREADY_EXISTS: 0x803b0013,
  INVALID_IP: 0x803b001e,
  ENTITY_HAS_REFERENCES: 0x803b002c,
} as const;

/** Win32 error codes that HCS and the layer functions answer with (winerror.h). */
export const WIN32 = {
  FILE_NOT_FOUND: 2,
  PATH_NOT_FOUND: 3,
  ACCESS_DENIED: 5,
  INVALID_HANDLE: 6,
  INVALID_DATA: 13,
  NOT_READY: 21,
  GEN_FAILURE: 31,
  SHARING_VIOLATION: 32,
  NOT_SUPPORTED: 50,
  FILE_EXISTS: 80,
  INVALID_PARAMETER: 87,
  BROKEN_PIPE: 109,
  DISK_FULL: 112,
  PROC_NOT_FOUND: 127,
  BUSY: 170,
  ALREADY_EXISTS: 183,
  FILENAME_EXCED_RANGE: 206,
  NO_DATA: 232,
  DIRECTORY: 267,
  NOT_FOUND: 1168,
} as const;

/** What an operation on a compute system or process returns when that has ended, or does not exist any more. */
export const goneHresults: readonly HResult[] = [
  HCS.SYSTEM_ALREADY_STOPPED,
  HCS.SYSTEM_NOT_FOUND,
  HCS.PROCESS_ALREADY_STOPPED,
  hresultFromWin32(WIN32.NOT_FOUND),
];

/** Exit code of a process that HcsTerminate* ended: DBG_TERMINATE_PROCESS (ntstatus.h), as recorded from a real dockerd. */
export const TERMINATED_EXIT_CODE = 0x40010004;
