import type { GuestProcess } from "../guest/guest.ts";
import type { ProcessDocument } from "./documents.ts";

/** A process as a list shows it: HCS's names, times in 100 ns, memory in bytes. */
export interface ProcessListItem {
  readonly ProcessId: number;
  readonly ImageName: string;
  /** RFC 3339. */
  readonly CreateTimestamp: string;
  readonly KernelTime100ns: number;
  readonly UserTime100ns: number;
  readonly MemoryCommitBytes: number;
  readonly MemoryWorkingSetPrivateBytes: number;
  readonly MemoryWorkingSetSharedBytes: number;
}

/** What runs the processes of a compute system. */
export interface SystemGuest {
  /** Settles when it has ended, asked to or not. */
  readonly ended: Promise<void>;
  /** @throws HresultFailure with the error that HCS answers */
  createProcess(document: ProcessDocument): Promise<GuestProcess>;
  /** In the order in which they were made. Must not be asked while the guest is paused. */
  processes(): Promise<ProcessListItem[]>;
  /** The host's numbers of its processes, found without groups of the host. */
  hostPids(): Promise<number[]>;
  /** Ends every process with this exit code, and all that belongs to the guest. */
  stop(exitCode: number): Promise<void>;
}
