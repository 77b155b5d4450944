import {
  HCS,
  type HcsAnswer,
  type HcsCallback,
  HcsNotification,
  type HcsProcess,
  type HcsProcessInformation,
  type HcsSystem,
  hresultFromWin32,
  type RawCompute,
  TERMINATED_EXIT_CODE,
  WIN32,
} from "@oriel/contracts";
import { failure, success } from "../error-document.ts";
import { HandleTable, noHandle } from "../handle-table.ts";
import { HresultFailure, hresultOf } from "../host/answers.ts";
import { HnsFailure } from "../network/hns-failure.ts";
import { DocumentError, parseObject } from "./document-fields.ts";
import { parseConsoleSize, parseContainerDocument, parseProcessDocument } from "./documents.ts";
import type { EmulatedProcess } from "./emulated-process.ts";
import { EmulatedSystem, type SystemContext } from "./emulated-system.ts";
import type { NotificationSource } from "./notification-source.ts";
import { parseSignal } from "./process-signal.ts";
import { validateContainer, validateProcess } from "./validate-container.ts";

const pending: HcsAnswer = { hresult: HCS.OPERATION_PENDING, result: null };
const notSupported = hresultFromWin32(WIN32.NOT_SUPPORTED);
const notFound = hresultFromWin32(WIN32.NOT_FOUND);

/** The compute functions over emulated systems. */
export interface EmulatedCompute {
  readonly raw: RawCompute;
  /** Open handles of each kind; tests see leaks by them. */
  liveHandles(): { readonly systems: number; readonly processes: number; readonly callbacks: number };
  /** Terminates every system and waits until they are gone. */
  close(): Promise<void>;
}

export function createEmulatedCompute(context: SystemContext): EmulatedCompute {
  const systems = new Map<string, EmulatedSystem>();
  const systemHandles = new HandleTable<"HCS_SYSTEM", EmulatedSystem>();
  const processHandles = new HandleTable<"HCS_PROCESS", { readonly process: EmulatedProcess }>();
  const callbacks = new HandleTable<"HCS_CALLBACK", NotificationSource>();

  const withSystem = (handle: HcsSystem, work: (system: EmulatedSystem) => HcsAnswer | Promise<HcsAnswer>): Promise<HcsAnswer> =>
    answer(() => work(systemHandles.get(handle) ?? invalidHandle()));
  const withProcess = (handle: HcsProcess, work: (process: EmulatedProcess) => HcsAnswer | Promise<HcsAnswer>): Promise<HcsAnswer> =>
    answer(() => work(processHandles.get(handle)?.process ?? invalidHandle()));

  const register = async (source: NotificationSource | undefined, ...[callback, at]: Parameters<RegisterArguments>) => {
    if (source === undefined) return { ...failureOf(invalidHandleFailure()), callbackHandle: noHandle<"HCS_CALLBACK">() };
    const callbackHandle = callbacks.open(source);
    source.register(callbackHandle, callback, at);
    return { ...success, callbackHandle };
  };
  const unregister = (handle: HcsCallback): Promise<HcsAnswer> =>
    answer(() => {
      (callbacks.close(handle) ?? invalidHandle()).unregister(handle);
      return success;
    });

  const attachEndpoint = async (system: EmulatedSystem, endpoint: string): Promise<void> => {
    try {
      await context.network.attach(endpoint, system.id, system.document.NetworkSharedContainerName !== "");
    } catch (error) {
      if (error instanceof HnsFailure) throw new HresultFailure(error.code, `the endpoint ${endpoint}: ${error.message.trim()}`);
      throw error;
    }
  };

  const raw: RawCompute = {
    HcsEnumerateComputeSystems: async (query) => {
      let computeSystems: string | null = null;
      const result = await answer(() => {
        const wanted = parseObject(query);
        const matches = (key: string, value: string): boolean => !Array.isArray(wanted[key]) || (wanted[key] as unknown[]).includes(value);
        const found = [...systems.values()].filter(
          (system) =>
            matches("Ids", system.id) &&
            matches("Names", system.document.Name) &&
            matches("Owners", system.document.Owner) &&
            matches("Types", "Container"),
        );
        computeSystems = JSON.stringify(found.map((system) => system.basics()));
        return success;
      });
      return { ...result, computeSystems };
    },

    HcsCreateComputeSystem: async (id, configuration) => {
      let system = noHandle<"HCS_SYSTEM">();
      const result = await answer(async () => {
        // It names the folder of the system's state.
        if (!/^[^/\\]+$/.test(id) || id === "." || id === "..") {
          throw new HresultFailure(
            hresultFromWin32(WIN32.INVALID_PARAMETER),
            `'${id}' is no id of a compute system: it must be a name without slashes`,
          );
        }
        const document = parseContainerDocument(configuration);
        if (systems.has(id)) throw new HresultFailure(HCS.SYSTEM_ALREADY_EXISTS, `the compute system ${id} exists`);
        await validateContainer(document, context);
        // Validation waited: another call may have taken the id meanwhile.
        if (systems.has(id)) throw new HresultFailure(HCS.SYSTEM_ALREADY_EXISTS, `the compute system ${id} exists`);
        const made = new EmulatedSystem(id, document, context, async () => {
          await context.network.detach(id).catch((error: Error) => context.warn(`endpoints of compute system ${id}: ${error.message}`));
          systems.delete(id);
        });
        systems.set(id, made);
        try {
          for (const endpoint of document.EndpointList) await attachEndpoint(made, endpoint);
        } catch (error) {
          systems.delete(id);
          await context.network.detach(id);
          throw error;
        }
        const { withoutEffect } = document;
        if (withoutEffect.length > 0) context.warn(`compute system ${id}: ${withoutEffect.join(", ")} of its document have no effect here`);
        system = systemHandles.open(made);
        made.notifications.notify(HcsNotification.SystemCreateCompleted);
        return pending;
      });
      return { ...result, system };
    },

    HcsOpenComputeSystem: async (id) => {
      const found = systems.get(id);
      if (found === undefined) {
        return { ...failure(HCS.SYSTEM_NOT_FOUND, `the compute system ${id} does not exist`), system: noHandle<"HCS_SYSTEM">() };
      }
      return { ...success, system: systemHandles.open(found) };
    },

    HcsCloseComputeSystem: (system) =>
      answer(() => {
        const closed = systemHandles.close(system) ?? invalidHandle();
        const last = ![...systemHandles.values()].includes(closed);
        if (last && closed.document.TerminateOnLastHandleClosed && closed.state !== "Stopped") closed.stop("ForcedExit");
        return success;
      }),

    HcsStartComputeSystem: (system) =>
      withSystem(system, (found) => {
        found.start();
        return pending;
      }),
    HcsShutdownComputeSystem: (system) =>
      withSystem(system, (found) => {
        found.stop("GracefulExit");
        return pending;
      }),
    HcsTerminateComputeSystem: (system) =>
      withSystem(system, (found) => {
        found.stop("ForcedExit");
        return pending;
      }),
    HcsPauseComputeSystem: (system) =>
      withSystem(system, (found) => {
        found.pause();
        return pending;
      }),
    HcsResumeComputeSystem: (system) =>
      withSystem(system, (found) => {
        found.resume();
        return pending;
      }),
    HcsSaveComputeSystem: (system) => withSystem(system, () => failure(notSupported, "saving is not emulated")),

    HcsGetComputeSystemProperties: async (system, query) => {
      let properties: string | null = null;
      const result = await withSystem(system, async (found) => {
        const types = parseObject(query).PropertyTypes;
        properties = JSON.stringify(await found.properties(Array.isArray(types) ? types.map(String) : []));
        return success;
      });
      return { ...result, properties };
    },

    HcsModifyComputeSystem: (system, configuration) =>
      withSystem(system, async (found) => {
        const { ResourceType: resource, RequestType: request, Settings: endpoint } = parseObject(configuration);
        found.check("be modified");
        if (resource !== "Network")
          return failure(notSupported, `of a compute system only Network can be modified, not ${String(resource)}`);
        if (typeof endpoint !== "string") return failure(HCS.INVALID_JSON, "Settings must be the id of an endpoint");
        if (request === "Add") await attachEndpoint(found, endpoint);
        else if (request === "Remove") await context.network.detach(found.id, endpoint);
        if (request === "Add" || request === "Remove") await found.endpointsChanged();
        else return failure(HCS.INVALID_JSON, `RequestType ${String(request)} is neither Add nor Remove`);
        return success;
      }),
    HcsModifyServiceSettings: async () => failure(notSupported, "the emulated service has no settings"),
    HcsGetServiceProperties: async () => ({
      ...success,
      properties: JSON.stringify({ Properties: [{ SupportedSchemaVersions: [{ Major: 1, Minor: 0 }] }] }),
    }),

    HcsRegisterComputeSystemCallback: (system, callback, at) => register(systemHandles.get(system)?.notifications, callback, at),
    HcsUnregisterComputeSystemCallback: unregister,

    HcsCreateProcess: async (system, processParameters) => {
      let information: HcsProcessInformation = noInformation;
      let process = noHandle<"HCS_PROCESS">();
      const result = await withSystem(system, async (found) => {
        const document = parseProcessDocument(processParameters);
        validateProcess(document, found.document);
        const made = await found.createProcess(document);
        information = made.information;
        process = processHandles.open({ process: made.process });
        return success;
      });
      return { ...result, information, process };
    },

    HcsOpenProcess: async (system, processId) => {
      let process = noHandle<"HCS_PROCESS">();
      const result = await withSystem(system, (found) => {
        const known = found.processes.get(processId);
        if (known === undefined) return failure(notFound, `the compute system ${found.id} has no process ${processId}`);
        process = processHandles.open({ process: known });
        return success;
      });
      return { ...result, process };
    },

    HcsCloseProcess: (process) =>
      answer(() => {
        if (processHandles.close(process) === undefined) invalidHandle();
        return success;
      }),

    HcsTerminateProcess: (process) =>
      withProcess(process, (found) => {
        if (found.hasExited) return failure(notFound, `process ${found.pid} has exited`);
        found.terminate(TERMINATED_EXIT_CODE);
        return success;
      }),

    HcsSignalProcess: (process, options) =>
      withProcess(process, (found) => {
        const signal = parseSignal(options);
        if (found.hasExited) return failure(notFound, `process ${found.pid} has exited`);
        if (found.signal(signal)) return success;
        return failure(
          notSupported,
          `there is no way to send ${signal} to process ${found.pid}: CtrlC needs a console, a number a Linux process`,
        );
      }),

    // The pipes go to the creator once; the emulated service has no second ends to give.
    HcsGetProcessInfo: async (process) => {
      const result = await withProcess(process, () => success);
      const pid = processHandles.get(process)?.process.pid ?? 0;
      return { ...result, information: { ...noInformation, processId: pid } };
    },

    HcsGetProcessProperties: async (process) => {
      let processProperties: string | null = null;
      const result = await withProcess(process, (found) => {
        processProperties = JSON.stringify(found.status());
        return success;
      });
      return { ...result, processProperties };
    },

    HcsModifyProcess: (process, settings) =>
      withProcess(process, (found) => {
        const { Operation, CloseHandle, ConsoleSize } = parseObject(settings);
        if (found.hasExited) return failure(notFound, `process ${found.pid} has exited`);
        if (Operation === "ConsoleSize") {
          found.resize(parseConsoleSize(ConsoleSize));
          return success;
        }
        if (Operation !== "CloseHandle")
          return failure(HCS.INVALID_JSON, `Operation ${JSON.stringify(Operation)} is neither ConsoleSize nor CloseHandle`);
        const handle = (CloseHandle as { Handle?: unknown } | null | undefined)?.Handle;
        if (!closable.includes(handle))
          return failure(HCS.INVALID_JSON, `CloseHandle.Handle ${JSON.stringify(handle)} is none of ${closable.join(", ")}`);
        if (handle === "StdIn" || handle === "All") context.stdio.closeInput(found.stdinHandle);
        return success;
      }),

    HcsRegisterProcessCallback: (process, callback, at) => register(processHandles.get(process)?.process.notifications, callback, at),
    HcsUnregisterProcessCallback: unregister,
  };

  return {
    raw,
    liveHandles: () => ({ systems: systemHandles.size, processes: processHandles.size, callbacks: callbacks.size }),
    close: async () => {
      const running = [...systems.values()];
      for (const system of running) if (system.state !== "Stopped") system.stop("ForcedExit");
      await Promise.all(running.map((system) => system.stopped));
    },
  };
}

const closable: readonly unknown[] = ["StdIn", "StdOut", "StdErr", "All"];

type RegisterArguments = (callback: Parameters<RawCompute["HcsRegisterProcessCallback"]>[1], at: bigint) => void;

const noInformation: HcsProcessInformation = {
  processId: 0,
  stdInput: noHandle<"HANDLE(pipe)">(),
  stdOutput: noHandle<"HANDLE(pipe)">(),
  stdError: noHandle<"HANDLE(pipe)">(),
};

/** Runs a call; whatever it throws becomes an HRESULT with an error document. */
async function answer(work: () => HcsAnswer | Promise<HcsAnswer>): Promise<HcsAnswer> {
  try {
    return await work();
  } catch (error) {
    return failureOf(error);
  }
}

function failureOf(error: unknown): HcsAnswer {
  const message = error instanceof Error ? error.message : String(error);
  return failure(error instanceof DocumentError ? HCS.INVALID_JSON : hresultOf(error), message);
}

function invalidHandleFailure(): HresultFailure {
  return new HresultFailure(hresultFromWin32(WIN32.INVALID_HANDLE), "the handle is not open");
}

function invalidHandle(): never {
  throw invalidHandleFailure();
}
