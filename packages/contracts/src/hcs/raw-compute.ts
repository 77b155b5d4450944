import type { HcsCallback, HcsProcess, HcsSystem, PipeHandle } from "./handles.ts";
import type { HResult } from "./hresult.ts";
import type { HcsNotificationCallback } from "./notifications.ts";

/** What every call answers. `result` is HCS's error document where there is one; it can be set on success too. */
export interface HcsAnswer {
  readonly hresult: HResult;
  readonly result: string | null;
}

/** HCS_PROCESS_INFORMATION. A pipe that was not asked for is `0n`. The caller owns the handles and closes each. */
export interface HcsProcessInformation {
  readonly processId: number;
  readonly stdInput: PipeHandle;
  readonly stdOutput: PipeHandle;
  readonly stdError: PipeHandle;
}

/**
 * The compute functions of vmcompute.dll (schema v1): same names, same order of parameters. Documents are JSON strings;
 * absent options are `""`. Nothing throws and nothing blocks the event loop. Calls marked "pending" may answer
 * 0xC0370103, and complete with the notification named.
 */
export interface RawCompute {
  HcsEnumerateComputeSystems(query: string): Promise<HcsAnswer & { readonly computeSystems: string | null }>;
  /** Pending: SystemCreateCompleted. The handle is valid while pending. */
  HcsCreateComputeSystem(id: string, configuration: string, identity: bigint): Promise<HcsAnswer & { readonly system: HcsSystem }>;
  HcsOpenComputeSystem(id: string): Promise<HcsAnswer & { readonly system: HcsSystem }>;
  HcsCloseComputeSystem(system: HcsSystem): Promise<HcsAnswer>;
  /** Pending: SystemStartCompleted. */
  HcsStartComputeSystem(system: HcsSystem, options: string): Promise<HcsAnswer>;
  /** Pending: accepted; the end is SystemExited. */
  HcsShutdownComputeSystem(system: HcsSystem, options: string): Promise<HcsAnswer>;
  /** Pending: accepted; the end is SystemExited. */
  HcsTerminateComputeSystem(system: HcsSystem, options: string): Promise<HcsAnswer>;
  /** Pending: SystemPauseCompleted. */
  HcsPauseComputeSystem(system: HcsSystem, options: string): Promise<HcsAnswer>;
  /** Pending: SystemResumeCompleted. */
  HcsResumeComputeSystem(system: HcsSystem, options: string): Promise<HcsAnswer>;
  /** Pending: SystemSaveCompleted. */
  HcsSaveComputeSystem(system: HcsSystem, options: string): Promise<HcsAnswer>;
  HcsGetComputeSystemProperties(system: HcsSystem, query: string): Promise<HcsAnswer & { readonly properties: string | null }>;
  HcsModifyComputeSystem(system: HcsSystem, configuration: string): Promise<HcsAnswer>;
  HcsModifyServiceSettings(settings: string): Promise<HcsAnswer>;
  HcsGetServiceProperties(query: string): Promise<HcsAnswer & { readonly properties: string | null }>;
  HcsRegisterComputeSystemCallback(
    system: HcsSystem,
    callback: HcsNotificationCallback,
    context: bigint,
  ): Promise<HcsAnswer & { readonly callbackHandle: HcsCallback }>;
  /** Waits for callbacks under way; none comes after it has answered. */
  HcsUnregisterComputeSystemCallback(callbackHandle: HcsCallback): Promise<HcsAnswer>;
  HcsCreateProcess(
    system: HcsSystem,
    processParameters: string,
  ): Promise<HcsAnswer & { readonly information: HcsProcessInformation; readonly process: HcsProcess }>;
  HcsOpenProcess(system: HcsSystem, processId: number): Promise<HcsAnswer & { readonly process: HcsProcess }>;
  HcsCloseProcess(process: HcsProcess): Promise<HcsAnswer>;
  /** The exit arrives as ProcessExited. */
  HcsTerminateProcess(process: HcsProcess): Promise<HcsAnswer>;
  HcsSignalProcess(process: HcsProcess, options: string): Promise<HcsAnswer>;
  HcsGetProcessInfo(process: HcsProcess): Promise<HcsAnswer & { readonly information: HcsProcessInformation }>;
  HcsGetProcessProperties(process: HcsProcess): Promise<HcsAnswer & { readonly processProperties: string | null }>;
  HcsModifyProcess(process: HcsProcess, settings: string): Promise<HcsAnswer>;
  HcsRegisterProcessCallback(
    process: HcsProcess,
    callback: HcsNotificationCallback,
    context: bigint,
  ): Promise<HcsAnswer & { readonly callbackHandle: HcsCallback }>;
  /** Waits for callbacks under way; none comes after it has answered. */
  HcsUnregisterProcessCallback(callbackHandle: HcsCallback): Promise<HcsAnswer>;
}
