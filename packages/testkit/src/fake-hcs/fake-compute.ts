import {
  HCN,
  HCS,
  type HcsCallback,
  HcsNotification,
  type HcsProcess,
  type HcsProcessInformation,
  type HcsSystem,
  hresultFromWin32,
  type PipeHandle,
  type RawCompute,
  S_OK,
  WIN32,
} from "@oriel/contracts";
import type { FakeHns } from "../fake-hns.ts";
import { FakeHandle } from "./fake-handle.ts";
import type { FakePipes } from "./fake-pipes.ts";
import { FakeProcess } from "./fake-process.ts";
import type { FakeProgram } from "./fake-programs.ts";
import type { FaultPlan } from "./fault-plan.ts";

const invalidHandle = hresultFromWin32(WIN32.INVALID_HANDLE);
const notFound = hresultFromWin32(WIN32.NOT_FOUND);

/** A compute system of the fake. */
export interface FakeSystem {
  readonly id: string;
  readonly document: Readonly<Record<string, unknown>>;
  state: "Created" | "Running" | "Paused" | "Stopped";
  readonly processes: Set<FakeProcess>;
}

export interface FakeComputeOptions {
  readonly nextHandle: () => bigint;
  readonly pipes: FakePipes;
  readonly faults: FaultPlan;
  readonly programs: Readonly<Record<string, FakeProgram>>;
  readonly hns: FakeHns;
  /** Whether create, start, pause and resume are answered with "pending" and a notification. */
  readonly pending: boolean;
}

/** Compute systems in memory. */
export class FakeCompute {
  readonly systems = new Map<string, FakeSystem>();
  /** How often each type of notification was sent, or would have been. */
  readonly notified = new Map<number, number>();
  readonly #systemHandles = new Map<bigint, FakeHandle<FakeSystem>>();
  readonly #processHandles = new Map<bigint, FakeHandle<FakeProcess>>();
  readonly #callbacks = new Map<bigint, FakeHandle<unknown>>();
  readonly #options: FakeComputeOptions;
  #nextPid = 1000;

  constructor(options: FakeComputeOptions) {
    this.#options = options;
  }

  /** Handles of systems, processes and callbacks that are open. */
  get openHandles(): number {
    return this.#systemHandles.size + this.#processHandles.size + this.#callbacks.size;
  }

  /** The interface itself, without faults and trace. */
  readonly exports: RawCompute = {
    HcsEnumerateComputeSystems: async (query) => {
      const wanted = parse(query);
      if (!wanted) return { ...failed(HCS.INVALID_JSON), computeSystems: null };
      const systems = [...this.systems.values()].filter((system) => matches(system, wanted)).map((system) => basics(system));
      return { ...ok, computeSystems: JSON.stringify(systems) };
    },
    HcsCreateComputeSystem: async (id, configuration) => {
      const document = parse(configuration);
      if (document?.SystemType !== "Container") return { ...failed(HCS.INVALID_JSON), system: 0n as HcsSystem };
      if (this.systems.has(id)) return { ...failed(HCS.SYSTEM_ALREADY_EXISTS), system: 0n as HcsSystem };
      const system: FakeSystem = { id, document, state: "Created", processes: new Set() };
      this.systems.set(id, system);
      const handle = this.#openSystem(system);
      return { ...this.#completed(system, HcsNotification.SystemCreateCompleted), system: handle };
    },
    HcsOpenComputeSystem: async (id) => {
      const system = this.systems.get(id);
      return system ? { ...ok, system: this.#openSystem(system) } : { ...failed(HCS.SYSTEM_NOT_FOUND), system: 0n as HcsSystem };
    },
    HcsCloseComputeSystem: async (handle) => {
      const system = this.#systemHandles.get(handle)?.target;
      if (!this.#systemHandles.delete(handle) || !system) return failed(invalidHandle);
      const last = ![...this.#systemHandles.values()].some((other) => other.target === system);
      if (last && system.document.TerminateOnLastHandleClosed === true) this.#stop(system);
      return ok;
    },
    HcsStartComputeSystem: (handle) =>
      this.#change(handle, (system) => {
        if (system.state !== "Created") return failed(HCS.INVALID_STATE);
        system.state = "Running";
        return this.#completed(system, HcsNotification.SystemStartCompleted);
      }),
    HcsShutdownComputeSystem: (handle) =>
      this.#change(handle, (system) => (system.state === "Paused" ? failed(HCS.INVALID_STATE) : this.#stop(system))),
    HcsTerminateComputeSystem: (handle) => this.#change(handle, (system) => this.#stop(system)),
    HcsPauseComputeSystem: (handle) => this.#toggle(handle, "Running", "Paused", HcsNotification.SystemPauseCompleted),
    HcsResumeComputeSystem: (handle) => this.#toggle(handle, "Paused", "Running", HcsNotification.SystemResumeCompleted),
    HcsSaveComputeSystem: async () => failed(hresultFromWin32(WIN32.NOT_SUPPORTED)),
    HcsGetComputeSystemProperties: async (handle, query) => {
      const system = this.#systemHandles.get(handle)?.target;
      const wanted = parse(query === "" ? "{}" : query);
      if (!system) return { ...failed(invalidHandle), properties: null };
      if (!wanted) return { ...failed(HCS.INVALID_JSON), properties: null };
      if (system.state === "Stopped") return { ...failed(HCS.SYSTEM_ALREADY_STOPPED), properties: null };
      const types = Array.isArray(wanted.PropertyTypes) ? wanted.PropertyTypes : [];
      const properties = {
        ...basics(system),
        ...(types.includes("Statistics") ? { Statistics: fakeStatistics() } : {}),
        ...(types.includes("ProcessList") ? { ProcessList: [...system.processes].map(listed) } : {}),
      };
      return { ...ok, properties: JSON.stringify(properties) };
    },
    HcsModifyComputeSystem: (handle, configuration) => this.#change(handle, (system) => this.#modify(system, parse(configuration))),
    HcsModifyServiceSettings: async (settings) => (parse(settings) ? ok : failed(HCS.INVALID_JSON)),
    HcsGetServiceProperties: async () => ({
      ...ok,
      properties: JSON.stringify({ Properties: [{ SupportedSchemaVersions: [{ Major: 2, Minor: 1 }] }] }),
    }),
    HcsRegisterComputeSystemCallback: async (handle, callback, context) =>
      this.#register(this.#systemHandles.get(handle), (held) => held.register(callback, context)),
    HcsUnregisterComputeSystemCallback: (callback) => this.#unregister(callback),
    HcsCreateProcess: async (handle, parameters) => {
      const none = { information: noInformation, process: 0n as HcsProcess };
      const system = this.#systemHandles.get(handle)?.target;
      const document = parse(parameters);
      if (!system) return { ...failed(invalidHandle), ...none };
      if (!document) return { ...failed(HCS.INVALID_JSON), ...none };
      if (system.state === "Stopped") return { ...failed(HCS.SYSTEM_ALREADY_STOPPED), ...none };
      if (system.state !== "Running") return { ...failed(HCS.INVALID_STATE), ...none };
      const words = Array.isArray(document.CommandArgs) ? document.CommandArgs.map(String) : String(document.CommandLine ?? "").split(" ");
      const [name = "", ...args] = words;
      const program = this.#options.programs[name];
      if (!program) return { ...failed(hresultFromWin32(WIN32.FILE_NOT_FOUND), "The system cannot find the file specified."), ...none };
      const process = new FakeProcess({
        pid: this.#nextPid,
        program,
        args,
        document,
        onExit: (ended) => this.#processExited(system, ended),
      });
      this.#nextPid += 4;
      system.processes.add(process);
      const information = this.#information(process, document);
      return { ...ok, information, process: this.#openProcess(process) };
    },
    HcsOpenProcess: async (handle, processId) => {
      const system = this.#systemHandles.get(handle)?.target;
      if (!system) return { ...failed(invalidHandle), process: 0n as HcsProcess };
      const process = [...system.processes].find((candidate) => candidate.pid === processId);
      return process ? { ...ok, process: this.#openProcess(process) } : { ...failed(notFound), process: 0n as HcsProcess };
    },
    HcsCloseProcess: async (handle) => (this.#processHandles.delete(handle) ? ok : failed(invalidHandle)),
    HcsTerminateProcess: (handle) =>
      this.#running(handle, (process) => {
        process.terminate();
        return ok;
      }),
    HcsSignalProcess: (handle, options) =>
      this.#running(handle, (process) => {
        if (!parse(options)) return failed(HCS.INVALID_JSON);
        process.terminate();
        return ok;
      }),
    HcsGetProcessInfo: async (handle) => {
      const process = this.#processHandles.get(handle)?.target;
      if (!process) return { ...failed(invalidHandle), information: noInformation };
      const all = { CreateStdInPipe: true, CreateStdOutPipe: true, CreateStdErrPipe: true };
      return { ...ok, information: this.#information(process, all) };
    },
    HcsGetProcessProperties: async (handle) => {
      const process = this.#processHandles.get(handle)?.target;
      if (!process) return { ...failed(invalidHandle), processProperties: null };
      const status = {
        ProcessId: process.pid,
        Exited: process.exited,
        ExitCode: process.exitCode ?? 259,
        LastWaitResult: 0,
        ...(process.outOfMemory ? { OutOfMemory: true } : {}),
      };
      return { ...ok, processProperties: JSON.stringify(status) };
    },
    HcsModifyProcess: (handle, settings) =>
      this.#running(handle, (process) => {
        const document = parse(settings);
        if (!document) return failed(HCS.INVALID_JSON);
        process.modifications.push(document);
        if (document.Operation === "CloseHandle") process.stdin.end();
        return ok;
      }),
    HcsRegisterProcessCallback: async (handle, callback, context) =>
      this.#register(this.#processHandles.get(handle), (held) => held.register(callback, context)),
    HcsUnregisterProcessCallback: (callback) => this.#unregister(callback),
  };

  /** Ends a system as if it had crashed: its processes go, and its exit is notified as unexpected. */
  crash(id: string): void {
    const system = this.systems.get(id);
    if (system) this.#stop(system, HCS.UNEXPECTED_EXIT);
  }

  /** Tells every handle that the service is gone. */
  disconnect(): void {
    for (const handle of [...this.#systemHandles.values(), ...this.#processHandles.values()]) {
      handle.notify(HcsNotification.ServiceDisconnect, 0x8037011e);
    }
  }

  #openSystem(system: FakeSystem): HcsSystem {
    const handle = this.#options.nextHandle();
    this.#systemHandles.set(handle, new FakeHandle(system));
    return handle as HcsSystem;
  }

  #openProcess(process: FakeProcess): HcsProcess {
    const handle = this.#options.nextHandle();
    this.#processHandles.set(handle, new FakeHandle(process));
    return handle as HcsProcess;
  }

  #information(process: FakeProcess, document: Readonly<Record<string, unknown>>): HcsProcessInformation {
    const { pipes } = this.#options;
    const pipe = (wanted: unknown, stream: FakeProcess["stdin"]) => (wanted === true ? pipes.create(stream) : (0n as PipeHandle));
    const console = document.EmulateConsole === true;
    return {
      processId: process.pid,
      stdInput: pipe(document.CreateStdInPipe, process.stdin),
      stdOutput: pipe(document.CreateStdOutPipe, process.stdout),
      stdError: console ? (0n as PipeHandle) : pipe(document.CreateStdErrPipe, process.stderr),
    };
  }

  #register<T>(held: FakeHandle<T> | undefined, register: (held: FakeHandle<T>) => void) {
    if (!held) return { ...failed(invalidHandle), callbackHandle: 0n as HcsCallback };
    const handle = this.#options.nextHandle();
    this.#callbacks.set(handle, held);
    register(held);
    return { ...ok, callbackHandle: handle as HcsCallback };
  }

  async #unregister(callback: HcsCallback) {
    const held = this.#callbacks.get(callback);
    if (!held) return failed(invalidHandle);
    this.#callbacks.delete(callback);
    held.unregister();
    return ok;
  }

  async #change(handle: HcsSystem, change: (system: FakeSystem) => FakeAnswer) {
    const system = this.#systemHandles.get(handle)?.target;
    if (!system) return failed(invalidHandle);
    return system.state === "Stopped" ? failed(HCS.SYSTEM_ALREADY_STOPPED) : change(system);
  }

  #modify({ id }: FakeSystem, document: Readonly<Record<string, unknown>> | undefined): FakeAnswer {
    const { hns } = this.#options;
    if (document === undefined) return failed(HCS.INVALID_JSON);
    const endpoint = String(document.Settings);
    if (document.RequestType === "Remove") hns.detach(id, endpoint);
    else if (!hns.attach(endpoint, id)) return failed(HCN.ENDPOINT_NOT_FOUND);
    return ok;
  }

  #toggle(handle: HcsSystem, from: FakeSystem["state"], to: FakeSystem["state"], completion: number) {
    return this.#change(handle, (system) => {
      if (system.state !== from) return failed(HCS.INVALID_STATE);
      if (system.document.HvPartition !== true) return failed(hresultFromWin32(WIN32.NOT_SUPPORTED));
      system.state = to;
      return this.#completed(system, completion);
    });
  }

  async #running(handle: HcsProcess, act: (process: FakeProcess) => FakeAnswer) {
    const process = this.#processHandles.get(handle)?.target;
    if (!process) return failed(invalidHandle);
    return process.exited ? failed(HCS.PROCESS_ALREADY_STOPPED) : act(process);
  }

  #completed(system: FakeSystem, notification: number): FakeAnswer {
    if (!this.#options.pending) return ok;
    setImmediate(() => this.#notify(this.#handlesOf(this.#systemHandles, system), notification, S_OK));
    return failed(HCS.OPERATION_PENDING);
  }

  #stop(system: FakeSystem, status = S_OK): FakeAnswer {
    system.state = "Stopped";
    const exited = () => {
      this.#options.hns.detach(system.id);
      if (this.systems.get(system.id) === system) this.systems.delete(system.id);
      this.#notify(this.#handlesOf(this.#systemHandles, system), HcsNotification.SystemExited, status);
    };
    const running = [...system.processes];
    for (const process of running) process.terminate();
    // One turn later: the exits of the processes are notified first.
    void Promise.all(running.map((process) => process.ended)).then(() => setImmediate(() => setImmediate(exited)));
    return failed(HCS.OPERATION_PENDING);
  }

  #processExited(system: FakeSystem, process: FakeProcess): void {
    system.processes.delete(process);
    setImmediate(() => this.#notify(this.#handlesOf(this.#processHandles, process), HcsNotification.ProcessExited, S_OK));
  }

  #handlesOf<T>(handles: Map<bigint, FakeHandle<T>>, target: T): FakeHandle<T>[] {
    return [...handles.values()].filter((handle) => handle.target === target);
  }

  #notify<T>(handles: readonly FakeHandle<T>[], type: number, status: number): void {
    this.notified.set(type, (this.notified.get(type) ?? 0) + 1);
    const times = this.#options.faults.deliveries(type);
    for (const handle of handles) for (let time = 0; time < times; time++) handle.notify(type, status);
  }
}

function listed(process: FakeProcess): Readonly<Record<string, unknown>> {
  return { ProcessId: process.pid, ImageName: "fake.exe", CreateTimestamp: new Date(0).toISOString() };
}

/** Each count another, so that none is taken for its neighbour. */
function fakeStatistics(): Readonly<Record<string, unknown>> {
  return {
    Timestamp: new Date().toISOString(),
    ContainerStartTime: new Date(0).toISOString(),
    Uptime100ns: 1,
    Memory: { MemoryUsageCommitBytes: 12, MemoryUsageCommitPeakBytes: 13, MemoryUsagePrivateWorkingSetBytes: 14 },
    Processor: { TotalRuntime100ns: 31, RuntimeUser100ns: 15, RuntimeKernel100ns: 16 },
    Storage: { ReadCountNormalized: 17, ReadSizeBytes: 18, WriteCountNormalized: 19, WriteSizeBytes: 20 },
    Network: [],
  };
}

interface FakeAnswer {
  readonly hresult: number;
  readonly result: string | null;
}

const ok: FakeAnswer = { hresult: S_OK, result: null };

const noPipe = 0n as PipeHandle;
const noInformation: HcsProcessInformation = { processId: 0, stdInput: noPipe, stdOutput: noPipe, stdError: noPipe };

function failed(hresult: number, message?: string): FakeAnswer {
  if (message === undefined) return { hresult, result: null };
  const event = { Message: message, Provider: "fake", EventId: 1 };
  return { hresult, result: JSON.stringify({ Error: hresult | 0, ErrorMessage: message, ErrorEvents: [event] }) };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function basics(system: FakeSystem) {
  return {
    Id: system.id,
    State: system.state,
    SystemType: "Container",
    RuntimeOsType: "Windows",
    Name: system.document.Name,
    Owner: system.document.Owner,
    RuntimeId: "00000000-0000-5000-8000-000000000000",
  };
}

function matches(system: FakeSystem, query: Record<string, unknown>): boolean {
  const within = (list: unknown, value: unknown) => !Array.isArray(list) || list.length === 0 || list.includes(value);
  return within(query.Ids, system.id) && within(query.Owners, system.document.Owner) && within(query.Names, system.document.Name);
}
