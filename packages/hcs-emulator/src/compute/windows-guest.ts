import path from "node:path";
import { type ContainerAccount, containerAccountOf, HCS, hresultFromWin32 } from "@oriel/contracts";
import type { ConsoleSize, ListedProcess } from "../guest/agent-protocol.ts";
import { processEnvironment } from "../guest/environment.ts";
import { Guest, type GuestProcess, GuestProcessError } from "../guest/guest.ts";
import { computerName, type GuestOptions } from "../guest/guest-options.ts";
import { HresultFailure } from "../host/answers.ts";
import { adoptsOrphans, familyOf, pidsWithVariable } from "../statistics/host-process.ts";
import type { ProcessDocument } from "./documents.ts";
import type { ProcessListItem, SystemGuest } from "./system-guest.ts";
import { win32Message } from "./win32-messages.ts";

/** All programs run as one user of the host; only the name differs. What is not known is the built-in administrator. */
const defaultAccount: ContainerAccount = "ContainerAdministrator";

/** A guest of Wine. @throws Error that says why it did not come up */
export async function bootWindowsGuest(options: GuestOptions): Promise<SystemGuest> {
  const guest = await Guest.boot(options);
  return {
    ended: guest.ended,
    createProcess: (document) => createProcess(guest, document, options.hostName),
    processes: async () => (await guest.processes()).map(listItem),
    hostPids: () => hostPids(guest, options),
    stop: (exitCode) => guest.stop(exitCode),
  };
}

/** Wine's processes are orphans by design: below its sandbox or its reaper they are where there is one, and else anywhere. */
async function hostPids(guest: Guest, { folder, containment }: GuestOptions): Promise<number[]> {
  const first = guest.hostPid;
  if (first !== undefined && (containment !== undefined || (await adoptsOrphans(first)))) return familyOf(first);
  return pidsWithVariable(`WINEPREFIX=${path.join(folder, "prefix")}`);
}

async function createProcess(guest: Guest, document: ProcessDocument, hostName: string): Promise<GuestProcess> {
  try {
    return await guest.createProcess({
      commandLine: document.CommandLine,
      workingDirectory: document.WorkingDirectory.replaceAll("/", "\\"),
      environment: processEnvironment({
        registry: guest.environment,
        document: document.Environment,
        user: containerAccountOf(document.User) ?? defaultAccount,
        computerName: computerName(hostName),
      }),
      stdin: document.CreateStdInPipe,
      stdout: document.CreateStdOutPipe,
      stderr: document.CreateStdErrPipe,
      console: document.EmulateConsole ? consoleSize(document.ConsoleSize) : undefined,
    });
  } catch (error) {
    if (error instanceof GuestProcessError) throw new HresultFailure(hresultFromWin32(error.win32), win32Message(error.win32));
    throw new HresultFailure(HCS.CONNECTION_CLOSED, error instanceof Error ? error.message : String(error));
  }
}

function listItem(process: ListedProcess): ProcessListItem {
  // What it shares is in its working set, and what is swapped out is not; the host tells no more of it.
  const own = Math.min(process.commit, process.workingSet);
  return {
    ProcessId: process.pid,
    ImageName: process.image,
    CreateTimestamp: process.created.toISOString(),
    KernelTime100ns: process.kernel100ns,
    UserTime100ns: process.user100ns,
    MemoryCommitBytes: process.commit,
    MemoryWorkingSetPrivateBytes: own,
    MemoryWorkingSetSharedBytes: process.workingSet - own,
  };
}

/** What a caller leaves open is as large as a console of old. */
function consoleSize({ rows, columns }: ConsoleSize): ConsoleSize {
  return { rows: rows || 25, columns: columns || 80 };
}
