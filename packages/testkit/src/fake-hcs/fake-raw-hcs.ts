import { createHash } from "node:crypto";
import type { HcsAnswer, RawCompute, RawDisk, RawHcs, RawLayers, RawStorage, RawWin32 } from "@oriel/contracts";
import { fakeHns } from "../fake-hns.ts";
import { FakeCompute, type FakeSystem } from "./fake-compute.ts";
import { FakePipes } from "./fake-pipes.ts";
import { type FakeProgram, fakePrograms } from "./fake-programs.ts";
import { type Fault, FaultPlan } from "./fault-plan.ts";

/** A call that was made, as it was answered. */
export interface FakeCall {
  readonly name: string;
  /** Id of the system, where the call names one. */
  readonly target: string;
  readonly document: string;
  readonly hresult: number;
}

export interface FakeRawHcsOptions {
  /** Further programs, by the first word of their command line. */
  readonly programs?: Readonly<Record<string, FakeProgram>>;
  /** Whether create, start, pause and resume complete by notification. @default true */
  readonly pending?: boolean;
}

/** A Host Compute Service in memory, with scripted programs and scripted faults. */
export interface FakeRawHcs {
  readonly raw: RawHcs;
  /** Every call of the compute family, oldest first. */
  readonly trace: readonly FakeCall[];
  /** Names of the calls so far. */
  calls(): string[];
  readonly systems: ReadonlyMap<string, FakeSystem>;
  /** Notifications so far: how often each type was sent, or would have been. */
  notified(): ReadonlyMap<number, number>;
  /** Handles of systems, processes, callbacks and pipes that are open. */
  openHandles(): number;
  inject(...faults: readonly Fault[]): void;
  clearFaults(): void;
  /** Calls that hang now. */
  hung(): number;
  /** Lets every hanging call do its work and answer. */
  releaseHung(): void;
  crash(id: string): void;
  disconnect(): void;
}

const notImplemented = 0x80004001;

/** Makes a fake. Its layer, storage, disk and file functions answer E_NOTIMPL, except NameToGuid and RtlGetVersion. */
export function createFakeRawHcs(options: FakeRawHcsOptions = {}): FakeRawHcs {
  let lastHandle = 0x100n;
  const nextHandle = () => {
    lastHandle += 4n;
    return lastHandle;
  };
  const faults = new FaultPlan();
  const pipes = new FakePipes(nextHandle);
  const programs = { ...fakePrograms, ...options.programs };
  const hns = fakeHns();
  const compute = new FakeCompute({ nextHandle, pipes, faults, programs, hns, pending: options.pending ?? true });
  const trace: FakeCall[] = [];

  const intercepted = Object.fromEntries(
    Object.entries(compute.exports).map(([name, call]) => [
      name,
      async (...args: unknown[]) => {
        const answer = await withFaults(faults, name, () => (call as (...args: unknown[]) => Promise<HcsAnswer>)(...args));
        const strings = args.filter((arg) => typeof arg === "string");
        const named = name === "HcsCreateComputeSystem" || name === "HcsOpenComputeSystem";
        trace.push({ name, target: named ? (strings[0] ?? "") : "", document: strings[named ? 1 : 0] ?? "", hresult: answer.hresult });
        return answer;
      },
    ]),
  ) as unknown as RawCompute;

  const raw: RawHcs = {
    provider: "emulated",
    compute: intercepted,
    layers: withoutImplementation<RawLayers>({
      NameToGuid: async (name) => ({ hresult: 0, guid: fakeGuid(name) }),
    }),
    storage: withoutImplementation<RawStorage>({}),
    disk: withoutImplementation<RawDisk>({}),
    network: hns,
    win32: withoutImplementation<RawWin32>({
      RtlGetVersion: async () => ({ hresult: 0, version: { major: 10, minor: 0, build: 20348, revision: 2113 } }),
      openPipeReader: (handle) => pipes.openReader(handle),
      openPipeWriter: (handle) => pipes.openWriter(handle),
      CloseHandle: (handle) => pipes.close(handle),
    }),
  };
  return {
    raw,
    trace,
    calls: () => trace.map((call) => call.name),
    systems: compute.systems,
    notified: () => compute.notified,
    openHandles: () => compute.openHandles + pipes.size,
    inject: (...added) => faults.add(...added),
    clearFaults: () => faults.clear(),
    hung: () => faults.hung,
    releaseHung: () => faults.releaseHung(),
    crash: (id) => compute.crash(id),
    disconnect: () => compute.disconnect(),
  };
}

/** Every field that an answer can have, as a failed call leaves it. */
const blank = {
  result: null,
  system: 0n,
  process: 0n,
  callbackHandle: 0n,
  information: { processId: 0, stdInput: 0n, stdOutput: 0n, stdError: 0n },
  properties: null,
  computeSystems: null,
  processProperties: null,
};

async function withFaults(faults: FaultPlan, name: string, call: () => Promise<HcsAnswer>): Promise<HcsAnswer> {
  for (const fault of faults.forCall(name)) {
    if ("fail" in fault) return { ...blank, hresult: fault.fail, result: fault.result ?? null };
    if ("delay" in fault) await new Promise((resolve) => setTimeout(resolve, fault.delay));
    if ("hang" in fault) await faults.hang();
  }
  return call();
}

function withoutImplementation<T extends object>(known: Partial<T>): T {
  return new Proxy(known, { get: (target, name) => Reflect.get(target, name) ?? (async () => ({ hresult: notImplemented })) }) as T;
}

/** A GUID that depends on the name only: the same layer has the same id in every test. */
export function fakeGuid(name: string): string {
  const hex = createHash("sha1").update(name).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
