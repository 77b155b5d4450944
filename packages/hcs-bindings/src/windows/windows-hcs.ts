import { FailedPreconditionError, type RawHcs, UnavailableError } from "@oriel/contracts";
import { endProcess } from "../native/end-process.ts";
import { hresultOfWin32 } from "./answers.ts";
import { CallThreads, type CallThreadsOptions } from "./call-threads.ts";
import { type WindowsLibraries, windowsLibraries } from "./libraries.ts";
import { createNativeCalls } from "./native-calls.ts";
import { Notifications } from "./notifications.ts";
import { createWindowsWin32 } from "./windows-win32.ts";

export interface WindowsHcsOptions {
  /** DLLs to load instead of those of Windows: names or paths. */
  readonly libraries?: Partial<WindowsLibraries>;
  /** Calls that can be under way at once. @default 128 */
  readonly maxThreads?: number;
}

/** The Host Compute Service of Windows. */
export interface WindowsHcs extends RawHcs {
  readonly provider: "windows";
  /**
   * Loads the DLLs and asks the service for its systems.
   * @throws UnavailableError naming what this Windows lacks, and what installs it.
   */
  start(): Promise<void>;
  /** Gives the threads back. Systems and processes are the caller's to close before. */
  close(): Promise<void>;
  /** Calls that have not answered, and registrations; tests see leaks by them. */
  readonly pending: { readonly calls: number; readonly registrations: number };
}

const op = "windows-hcs";
const moduleNotFound = hresultOfWin32(126);
const procedureNotFound = hresultOfWin32(127);
const enableContainers =
  "enable the Windows feature 'Containers', and restart: Enable-WindowsOptionalFeature -Online -FeatureName Containers";

/**
 * The raw interface over vmcompute.dll. No DLL is loaded before it is called.
 * @throws FailedPreconditionError anywhere but on Windows.
 */
export function createWindowsHcs(options: WindowsHcsOptions = {}): WindowsHcs {
  if (process.platform !== "win32") {
    throw new FailedPreconditionError(`vmcompute.dll can be called only on Windows, and this is ${process.platform}`, {
      op,
      remedy: "use the emulated Host Compute Service of @oriel/hcs-emulator here",
    });
  }
  return createNativeHcs(options);
}

/** The same without the check, for libraries of one's own: the calls are as good on any host that has them. */
export function createNativeHcs({ libraries = {}, ...limits }: WindowsHcsOptions & Omit<CallThreadsOptions, "libraries">): WindowsHcs {
  const files: WindowsLibraries = { ...windowsLibraries, ...libraries };
  const threads = new CallThreads({ libraries: files, ...limits });
  const notifications = new Notifications();

  // A thread that hangs in a call would keep the process from ending.
  const endHanging = (code: number): void => {
    if (threads.busy > 0) endProcess(files.kernel32, code);
  };
  process.on("exit", endHanging);

  const compute = throughThreads(threads, files, "compute");
  return {
    provider: "windows",
    compute: {
      ...compute,
      HcsRegisterComputeSystemCallback: (system, callback, context) =>
        notifications.add({ callback, context }, (pointer, number) =>
          threads.run("compute", "HcsRegisterComputeSystemCallback", system, pointer, number),
        ),
      HcsRegisterProcessCallback: (process, callback, context) =>
        notifications.add({ callback, context }, (pointer, number) =>
          threads.run("compute", "HcsRegisterProcessCallback", process, pointer, number),
        ),
      HcsUnregisterComputeSystemCallback: (handle) =>
        notifications.remove(handle, () => threads.run("compute", "HcsUnregisterComputeSystemCallback", handle)),
      HcsUnregisterProcessCallback: (handle) =>
        notifications.remove(handle, () => threads.run("compute", "HcsUnregisterProcessCallback", handle)),
    },
    layers: throughThreads(threads, files, "layers"),
    storage: throughThreads(threads, files, "storage"),
    disk: throughThreads(threads, files, "disk"),
    network: throughThreads(threads, files, "network"),
    win32: createWindowsWin32(threads, files),
    get pending() {
      return { calls: threads.pending, registrations: notifications.size };
    },
    async start() {
      const { hresult } = await compute.HcsEnumerateComputeSystems("{}");
      const library = hresult === moduleNotFound;
      if (!library && hresult !== procedureNotFound) return;
      const lacks = library ? "cannot be loaded" : "is not the one of the Host Compute Service";
      throw new UnavailableError(`${files.vmcompute} ${lacks}`, { op, resource: files.vmcompute, remedy: enableContainers });
    },
    async close() {
      await threads.close();
      if (threads.busy > 0) return;
      process.off("exit", endHanging);
      notifications.close();
    },
  };
}

/** The functions of one family as promises: the same names, each called on a thread. */
function throughThreads<Family extends "compute" | "layers" | "storage" | "disk" | "network">(
  threads: CallThreads,
  libraries: WindowsLibraries,
  family: Family,
): RawHcs[Family] {
  const names = Object.keys(createNativeCalls(libraries)[family]);
  const run = threads.run.bind(threads) as (family: string, name: string, ...values: readonly unknown[]) => Promise<unknown>;
  return Object.fromEntries(
    names.map((name) => [name, (...values: readonly unknown[]) => run(family, name, ...values)]),
  ) as unknown as RawHcs[Family];
}
