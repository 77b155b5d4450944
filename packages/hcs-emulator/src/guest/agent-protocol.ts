/** The messages of guest/agent.c; its head comment describes them. */

const requestOperation = { create: 1, terminate: 2, shutdown: 3, resize: 4, interrupt: 5, list: 6 } as const;
const answerNames = ["ready", "started", "failed", "exited", "listed"] as const;

const requestHead = 12;
const answerHead = 16;

export interface AgentAnswer {
  readonly kind: (typeof answerNames)[number];
  readonly id: number;
  readonly value: number;
  readonly data: Buffer;
}

/** Size of a console in characters. */
export interface ConsoleSize {
  readonly columns: number;
  readonly rows: number;
}

/** What the agent needs to start a process. Paths of pipes are Wine's; an empty one is the null device. */
export interface AgentProcess {
  readonly commandLine: string;
  readonly workingDirectory: string;
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  /** A console between the pipes and the process, which writes both outputs into `stdout` then. */
  readonly console: ConsoleSize | undefined;
  /** `NAME=value` each. */
  readonly environment: readonly string[];
}

export function encodeCreate(id: number, process: AgentProcess): Buffer {
  const strings = [process.commandLine, process.workingDirectory, process.stdin, process.stdout, process.stderr, ...process.environment];
  const size = sizeBytes(process.console ?? { columns: 0, rows: 0 });
  const payload = Buffer.from(`${strings.map((text) => `${text}\0`).join("")}\0`, "utf16le");
  return Buffer.concat([head(size.length + payload.length, requestOperation.create, id), size, payload]);
}

export function encodeTerminate(id: number, exitCode: number): Buffer {
  return withExitCode(requestOperation.terminate, id, exitCode);
}

export function encodeShutdown(exitCode: number): Buffer {
  return withExitCode(requestOperation.shutdown, 0, exitCode);
}

export function encodeResize(id: number, size: ConsoleSize): Buffer {
  const payload = sizeBytes(size);
  return Buffer.concat([head(payload.length, requestOperation.resize, id), payload]);
}

export function encodeInterrupt(id: number): Buffer {
  return head(0, requestOperation.interrupt, id);
}

function sizeBytes({ columns, rows }: ConsoleSize): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(columns, 0);
  bytes.writeUInt32LE(rows, 4);
  return bytes;
}

export function encodeList(id: number): Buffer {
  return head(0, requestOperation.list, id);
}

/** A Windows process of the guest. Times in 100 ns, memory in bytes. */
export interface ListedProcess {
  readonly pid: number;
  /** Name of its program's file. */
  readonly image: string;
  readonly created: Date;
  readonly user100ns: number;
  readonly kernel100ns: number;
  /** In memory, shared with others or not. */
  readonly workingSet: number;
  /** Its alone, in memory or swapped out. */
  readonly commit: number;
}

const recordSize = 48;
/** Windows counts time from 1601, in units of 100 ns. */
const windowsEpoch = Date.UTC(1601, 0, 1);

/** The processes of a `listed` answer. */
export function decodeProcesses(data: Buffer): ListedProcess[] {
  const list: ListedProcess[] = [];
  for (let at = 0; at + recordSize <= data.length; ) {
    const number = (offset: number): number => Number(data.readBigInt64LE(at + offset));
    const nameEnd = at + recordSize + data.readUInt32LE(at + 4);
    list.push({
      pid: data.readUInt32LE(at),
      image: data.toString("utf16le", at + recordSize, nameEnd),
      created: new Date(windowsEpoch + number(8) / 10_000),
      user100ns: number(16),
      kernel100ns: number(24),
      workingSet: number(32),
      commit: number(40),
    });
    at = nameEnd;
  }
  return list;
}

function withExitCode(operation: number, id: number, exitCode: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32LE(exitCode >>> 0);
  return Buffer.concat([head(payload.length, operation, id), payload]);
}

function head(length: number, operation: number, id: number): Buffer {
  const bytes = Buffer.alloc(requestHead);
  bytes.writeUInt32LE(length, 0);
  bytes.writeUInt32LE(operation, 4);
  bytes.writeUInt32LE(id, 8);
  return bytes;
}

/**
 * Bytes that an answer may have: lists of processes are the longest, of some hundred bytes for each. A program of the container's
 * can get hold of the agent's pipe, and must not fill this process's memory.
 */
const longestAnswer = 4 * 1024 * 1024;

/** Cuts the agent's output into answers, however it arrives. */
export class AnswerDecoder {
  #pending: Buffer = Buffer.alloc(0);

  /** @throws Error for an answer that the agent cannot have written. */
  *write(chunk: Buffer): Generator<AgentAnswer> {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (this.#pending.length >= answerHead) {
      const length = this.#pending.readUInt32LE(0);
      if (length > longestAnswer) throw new Error(`an answer of the execution agent has ${length} bytes`);
      if (this.#pending.length < answerHead + length) return;
      const kind = answerNames[this.#pending.readUInt32LE(4)];
      if (kind === undefined) throw new Error(`answer ${this.#pending.readUInt32LE(4)} of the execution agent is unknown`);
      const id = this.#pending.readUInt32LE(8);
      const value = this.#pending.readUInt32LE(12);
      const data = this.#pending.subarray(answerHead, answerHead + length);
      this.#pending = this.#pending.subarray(answerHead + length);
      yield { kind, id, value, data };
    }
  }
}

/** The `NAME=value` strings of an environment block. */
export function decodeEnvironment(block: Buffer): string[] {
  return block
    .toString("utf16le")
    .split("\0")
    .filter((entry) => entry !== "");
}
