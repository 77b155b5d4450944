import { Writable } from "node:stream";
import { ConflictError, InvalidArgumentError, NotFoundError } from "@oriel/contracts";
import type { ContainerRecord, CreateExecRequest, ExecRecord, Execs, OutputFrame } from "@oriel/engine";
import { Channel } from "./channel.ts";
import { programs } from "./fake-programs.ts";

interface FakeExecsOptions {
  /** @throws NotFoundError */
  readonly find: (ref: string) => ContainerRecord;
  readonly emit: (action: string, containerId: string, execId: string) => void;
}

interface FakeExec {
  record: ExecRecord;
  readonly kill: AbortController;
  readonly sizes: { height: number; width: number }[];
}

/** Execs of the fake engine's containers: programs like theirs. */
export class FakeExecs implements Execs {
  readonly #options: FakeExecsOptions;
  readonly #execs = new Map<string, FakeExec>();
  readonly created: CreateExecRequest[] = [];
  readonly started: Parameters<Execs["start"]>[1][] = [];
  readonly detached: string[] = [];

  constructor(options: FakeExecsOptions) {
    this.#options = options;
  }

  of(containerId: string): string[] {
    const records = [...this.#execs.values()].map(({ record }) => record);
    return records.filter((record) => record.containerId === containerId && record.status !== "ended").map(({ id }) => id);
  }

  sizes(id: string): readonly { height: number; width: number }[] {
    return this.#find(id).sizes;
  }

  kill(id: string): void {
    this.#find(id).kill.abort();
  }

  async create(ref: string, request: CreateExecRequest): Promise<{ id: string }> {
    const { id: containerId, state } = this.#options.find(ref);
    if (state.status !== "running") throw new ConflictError(`container ${containerId} is not running`, { op: "exec.create" });
    if (request.Cmd.length === 0) throw new InvalidArgumentError("No exec command specified", { op: "exec.create" });
    const id = (this.#execs.size + 0xe0).toString(16).repeat(32);
    this.created.push(request);
    this.#execs.set(id, {
      record: { id, containerId, request, status: "created", pid: 0, exitCode: undefined },
      kill: new AbortController(),
      sizes: [],
    });
    this.#options.emit(`exec_create: ${request.Cmd.join(" ")}`, containerId, id);
    return { id };
  }

  async start(id: string, request: Parameters<Execs["start"]>[1]): ReturnType<Execs["start"]> {
    const exec = this.#find(id);
    this.started.push(request);
    const { Cmd, Tty, AttachStdin } = exec.record.request;
    if (exec.record.status !== "created") throw new ConflictError(`error: Exec command ${id} has already run`, { op: "exec.start" });
    const [name = "", ...args] = Cmd;
    const program = programs[name];
    if (program === undefined) {
      exec.record = { ...exec.record, status: "ended", exitCode: 127 };
      const message = `container ${exec.record.containerId} encountered an error during hcs::System::CreateProcess: ${name}: failure in a Windows system call: The system cannot find the file specified. (0x2)`;
      return { outcome: "failed", error: new NotFoundError(message, { op: "exec.start" }) };
    }
    exec.record = { ...exec.record, status: "running", pid: 4321 };
    const output = new Channel<OutputFrame>(16);
    const input = new Channel<Uint8Array>(1);
    if (AttachStdin !== true) input.end();
    const write = (stream: OutputFrame["stream"]) => (text: string | Uint8Array) =>
      output.put({ stream, data: typeof text === "string" ? Buffer.from(text) : text });
    void program({ args, out: write("stdout"), err: write("stderr"), input, killed: exec.kill.signal }).then((exitCode) => {
      exec.record = { ...exec.record, status: "ended", exitCode };
      output.end();
    });
    const stdin = new Writable({
      write: (chunk: Uint8Array, _encoding, done) => void input.put(chunk).then(() => done()),
      final: (done) => {
        // A terminal's input has no end of its own.
        if (Tty !== true) input.end();
        done();
      },
    });
    return {
      outcome: "running",
      session: {
        tty: Tty === true,
        stdin: request.attach && AttachStdin === true ? stdin : undefined,
        output,
        detach: () => {
          if (exec.record.status === "running") this.detached.push(id);
          output.end();
        },
      },
    };
  }

  async inspect(id: string): Promise<ExecRecord> {
    return this.#find(id).record;
  }

  async resize(id: string, size: { height: number; width: number }): Promise<void> {
    this.#find(id).sizes.push(size);
  }

  #find(id: string): FakeExec {
    const found = this.#execs.get(id);
    if (found === undefined) throw new NotFoundError(`No such exec instance: ${id}`, { op: "exec.find" });
    return found;
  }
}
