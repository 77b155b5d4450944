import type { Handle, HcsAnswer, HcsProcessInformation, RawCompute } from "@oriel/contracts";
import type { NativeFunction } from "../native/library.ts";
import { vmcompute } from "../native/vmcompute.ts";
import { answer, type Sync } from "./answers.ts";
import type { WindowsLibraries } from "./libraries.ts";
import { createTextTaker, type OutText, outText } from "./result-text.ts";

type Registration = "HcsRegisterComputeSystemCallback" | "HcsRegisterProcessCallback";

/** The compute functions as a call thread runs them; a callback is the address of a function there. */
export type ComputeCalls = { readonly [K in Exclude<keyof RawCompute, Registration>]: Sync<RawCompute[K]> } & {
  readonly [K in Registration]: (
    owner: Parameters<RawCompute[K]>[0],
    callback: bigint,
    context: bigint,
  ) => Awaited<ReturnType<RawCompute[K]>>;
};

type OutHandle = [number | bigint];
const outHandle = (): OutHandle => [0n];
const handleIn = <Kind extends string>(cell: OutHandle): Handle<Kind> => BigInt(cell[0]) as Handle<Kind>;
const noHandle = 0n as Handle<never>;

interface Information {
  ProcessId: number;
  Reserved: number;
  StdInput: number | bigint;
  StdOutput: number | bigint;
  StdError: number | bigint;
}

const emptyInformation = (): Information => ({ ProcessId: 0, Reserved: 0, StdInput: 0, StdOutput: 0, StdError: 0 });

function informationOf(native: Information): HcsProcessInformation {
  return {
    processId: native.ProcessId,
    stdInput: BigInt(native.StdInput) as Handle<"HANDLE(pipe)">,
    stdOutput: BigInt(native.StdOutput) as Handle<"HANDLE(pipe)">,
    stdError: BigInt(native.StdError) as Handle<"HANDLE(pipe)">,
  };
}

export function createComputeCalls(libraries: Pick<WindowsLibraries, "vmcompute" | "ole32">): ComputeCalls {
  const native = vmcompute(libraries.vmcompute);
  const take = createTextTaker(libraries.ole32);

  const plain =
    <Values extends readonly unknown[]>(call: NativeFunction) =>
    (...values: Values): HcsAnswer =>
      answer({ result: null }, () => {
        const result = outText();
        const hresult = Number(call(...values, result));
        return { hresult, result: take(result) };
      });

  const withText =
    <Key extends string, Values extends readonly unknown[]>(key: Key, call: NativeFunction) =>
    (...values: Values): HcsAnswer & { readonly [K in Key]: string | null } =>
      answer<HcsAnswer & { readonly [K in Key]: string | null }>({ [key]: null, result: null } as never, () => {
        const text: OutText = outText();
        const result = outText();
        const hresult = Number(call(...values, text, result));
        return { hresult, result: take(result), [key]: take(text) } as HcsAnswer & { [K in Key]: string | null };
      });

  const withHandle =
    <Key extends string, Kind extends string, Values extends readonly unknown[]>(key: Key, call: NativeFunction) =>
    (...values: Values): HcsAnswer & { readonly [K in Key]: Handle<Kind> } =>
      answer<HcsAnswer & { readonly [K in Key]: Handle<Kind> }>({ [key]: noHandle, result: null } as never, () => {
        const made = outHandle();
        const result = outText();
        const hresult = Number(call(...values, made, result));
        return { hresult, result: take(result), [key]: handleIn<Kind>(made) } as HcsAnswer & { [K in Key]: Handle<Kind> };
      });

  const close =
    <Value>(call: NativeFunction) =>
    (value: Value): HcsAnswer =>
      answer({ result: null }, () => ({ hresult: Number(call(value)), result: null }));

  const register =
    <Owner>(call: NativeFunction) =>
    (owner: Owner, callback: bigint, context: bigint) =>
      answer({ result: null, callbackHandle: noHandle as Handle<"HCS_CALLBACK"> }, () => {
        const made = outHandle();
        const hresult = Number(call(owner, callback, context, made));
        return { hresult, result: null, callbackHandle: handleIn<"HCS_CALLBACK">(made) };
      });

  return {
    HcsEnumerateComputeSystems: withText("computeSystems", native.HcsEnumerateComputeSystems),
    HcsCreateComputeSystem: withHandle("system", native.HcsCreateComputeSystem),
    HcsOpenComputeSystem: withHandle("system", native.HcsOpenComputeSystem),
    HcsCloseComputeSystem: close(native.HcsCloseComputeSystem),
    HcsStartComputeSystem: plain(native.HcsStartComputeSystem),
    HcsShutdownComputeSystem: plain(native.HcsShutdownComputeSystem),
    HcsTerminateComputeSystem: plain(native.HcsTerminateComputeSystem),
    HcsPauseComputeSystem: plain(native.HcsPauseComputeSystem),
    HcsResumeComputeSystem: plain(native.HcsResumeComputeSystem),
    HcsSaveComputeSystem: plain(native.HcsSaveComputeSystem),
    HcsGetComputeSystemProperties: withText("properties", native.HcsGetComputeSystemProperties),
    HcsModifyComputeSystem: plain(native.HcsModifyComputeSystem),
    HcsModifyServiceSettings: plain(native.HcsModifyServiceSettings),
    HcsGetServiceProperties: withText("properties", native.HcsGetServiceProperties),
    HcsRegisterComputeSystemCallback: register(native.HcsRegisterComputeSystemCallback),
    HcsUnregisterComputeSystemCallback: close(native.HcsUnregisterComputeSystemCallback),
    HcsCreateProcess: (system, processParameters) =>
      answer({ result: null, process: noHandle as Handle<"HCS_PROCESS">, information: informationOf(emptyInformation()) }, () => {
        const information = emptyInformation();
        const made = outHandle();
        const result = outText();
        const hresult = Number(native.HcsCreateProcess(system, processParameters, information, made, result));
        return { hresult, result: take(result), process: handleIn<"HCS_PROCESS">(made), information: informationOf(information) };
      }),
    HcsOpenProcess: withHandle("process", native.HcsOpenProcess),
    HcsCloseProcess: close(native.HcsCloseProcess),
    HcsTerminateProcess: plain(native.HcsTerminateProcess),
    HcsSignalProcess: plain(native.HcsSignalProcess),
    HcsGetProcessInfo: (process) =>
      answer({ result: null, information: informationOf(emptyInformation()) }, () => {
        const information = emptyInformation();
        const result = outText();
        const hresult = Number(native.HcsGetProcessInfo(process, information, result));
        return { hresult, result: take(result), information: informationOf(information) };
      }),
    HcsGetProcessProperties: withText("processProperties", native.HcsGetProcessProperties),
    HcsModifyProcess: plain(native.HcsModifyProcess),
    HcsRegisterProcessCallback: register(native.HcsRegisterProcessCallback),
    HcsUnregisterProcessCallback: close(native.HcsUnregisterProcessCallback),
  };
}
