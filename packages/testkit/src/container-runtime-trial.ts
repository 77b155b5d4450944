import { text } from "node:stream/consumers";
import type { ContainerRuntime, ProcessSpec, RuntimeEvent, RuntimeProcess, RuntimeSpec } from "@oriel/contracts";
import { expect } from "vitest";
import type { ContractCommands } from "./compute-session.ts";
import type { RuntimeEndpoints } from "./runtime-endpoints.ts";

/** A spec that can be created, and an id for it. */
export interface PreparedContainer {
  readonly id: string;
  readonly spec: RuntimeSpec;
}

export interface ContainerRuntimeFixture {
  readonly runtime: ContainerRuntime;
  readonly commands: ContractCommands;
  /** Another container each time. Its process is replaced by the suite. */
  prepare(): Promise<PreparedContainer>;
  /** As `prepare`, for one with Hyper-V isolation; absent where the host has none that can be paused. */
  prepareHyperV?(): Promise<PreparedContainer>;
  /** Of the host network service that the runtime's host has; a fake has none. */
  readonly endpoints?: RuntimeEndpoints;
  /** What is still there after every container was deleted: open handles, journal records, a line of text each. */
  leftovers(): Promise<readonly string[]> | readonly string[];
  /** Removes what the fixture made. */
  dispose(): Promise<void>;
}

/** One test's runtime, with the containers that it made and the events that it told. */
export class RuntimeTrial {
  readonly fixture: ContainerRuntimeFixture;
  readonly runtime: ContainerRuntime;
  readonly commands: ContractCommands;
  readonly #ids: string[] = [];
  readonly #events: RuntimeEvent[] = [];
  readonly #stopListening: () => void;

  constructor(fixture: ContainerRuntimeFixture) {
    this.fixture = fixture;
    this.runtime = fixture.runtime;
    this.commands = fixture.commands;
    this.#stopListening = fixture.runtime.onEvent((event) => void this.#events.push(event));
  }

  async specOf(commandLine: string, prepared = this.fixture.prepare()): Promise<PreparedContainer> {
    const { id, spec } = await prepared;
    this.#ids.push(id);
    const process: ProcessSpec = { user: {}, cwd: "C:\\", ...withoutArgs(spec.process), commandLine };
    return { id, spec: { ...spec, process } };
  }

  async created(commandLine: string, prepared?: Promise<PreparedContainer>): Promise<PreparedContainer> {
    const made = await this.specOf(commandLine, prepared);
    await this.runtime.create(made);
    return made;
  }

  async started(
    commandLine: string,
    prepared?: Promise<PreparedContainer>,
  ): Promise<PreparedContainer & { readonly init: RuntimeProcess }> {
    const { id, spec } = await this.created(commandLine, prepared);
    return { id, spec, init: await this.runtime.start(id) };
  }

  exec(id: string, execId: string, commandLine: string): Promise<RuntimeProcess> {
    return this.runtime.exec(id, execId, { user: {}, cwd: "", commandLine });
  }

  eventsOf(id: string): readonly RuntimeEvent[] {
    return this.#events.filter((event) => event.id === id);
  }

  /** What was told of a container, a line each: see `eventLines`. */
  toldOf(id: string): readonly string[] {
    return eventLines(this.eventsOf(id));
  }

  /** What was told of a container, once as many events came as are waited for. More of them are a failure too. */
  async toldInOrder(id: string, wanted: readonly string[]): Promise<void> {
    await expect.poll(() => this.toldOf(id).length).toBeGreaterThan(wanted.length - 1);
    expect(this.toldOf(id)).toEqual(wanted);
  }

  /** Deletes all containers; every event of theirs must have been told once, and nothing be left of them. */
  async end(): Promise<void> {
    try {
      for (const id of this.#ids) await this.runtime.delete(id);
      // A stream closes its pipe a moment after its end.
      await expect.poll(() => this.fixture.leftovers()).toEqual([]);
      for (const id of this.#ids) expectOrder(this.toldOf(id));
    } finally {
      this.#stopListening();
      await this.fixture.dispose();
    }
  }
}

/**
 * Waits until a process that copies its input to its output does so: it runs with all that it needs. One that is terminated
 * before can leave its console behind under Wine, which holds its output open.
 */
export async function answersInput(process: RuntimeProcess): Promise<void> {
  const answer = new Promise((resolve) => process.stdout.once("data", resolve));
  process.stdin.write("ready\r\n");
  await answer;
}

export async function finish(process: RuntimeProcess) {
  const [out, err, exit] = await Promise.all([text(process.stdout), process.stderr ? text(process.stderr) : "", process.exit]);
  return { out, err, exit };
}

export async function endWithoutInput(process: RuntimeProcess) {
  await process.closeStdin();
  return finish(process);
}

/** Events as a line each: `exec-started e1`, `exit init 0`. */
export function eventLines(events: readonly RuntimeEvent[]): readonly string[] {
  return events.map((event) => {
    if (event.kind === "exit") return `exit ${event.processId} ${event.exit.exitCode}`;
    return "processId" in event ? `${event.kind} ${event.processId}` : event.kind;
  });
}

/** The rules that the events of a container keep, however often its id was used: see RuntimeEvent. */
export function expectOrder(told: readonly string[]): void {
  const faults: string[] = [];
  let state: "absent" | "created" | "running" | "paused" = "absent";
  const execs = new Set<string>();
  for (const line of told) {
    const [kind = "", processId = ""] = line.split(" ");
    const may = (holds: boolean) =>
      holds || faults.push(`'${line}' while ${state}${execs.size > 0 ? ` with ${[...execs].join(" ")}` : ""}`);
    if (kind === "created") {
      // A container that never ran goes without a word.
      may(state === "absent" || state === "created");
      state = "created";
    } else if (kind === "started") {
      may(state === "created");
      state = "running";
    } else if (kind === "paused" || kind === "resumed") {
      may(state === (kind === "paused" ? "running" : "paused"));
      state = kind === "paused" ? "paused" : "running";
    } else if (kind === "exec-added" || kind === "oom") {
      may(state === "running");
    } else if (kind === "exec-started") {
      may(state === "running" && !execs.has(processId));
      execs.add(processId);
    } else if (kind === "exit" && processId === "init") {
      may((state === "running" || state === "paused" || told[0] === line) && execs.size === 0);
      state = "absent";
    } else if (kind === "exit") {
      may(execs.delete(processId));
    }
  }
  expect(faults).toEqual([]);
}

function withoutArgs(process: ProcessSpec | undefined): Partial<ProcessSpec> {
  const { args: _args, ...rest } = process ?? {};
  return rest;
}
