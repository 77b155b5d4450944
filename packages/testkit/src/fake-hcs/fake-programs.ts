import type { Readable, Writable } from "node:stream";

/** What a fake program has to work with. It answers its exit code. */
export interface FakeProgramContext {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Aborted when the process is terminated. */
  readonly terminated: AbortSignal;
  /** Says that a limit of memory ends the process. */
  outOfMemory(): void;
}

export type FakeProgram = (context: FakeProgramContext) => Promise<number>;

/**
 * The programs that every fake has:
 * `print TEXT`, `complain TEXT` (to stderr), `exit CODE`, `cat` (input to output), `flood BYTES`, `env`, `sleep`
 * (until terminated), `eat` (until a limit of memory ends it).
 */
export const fakePrograms: Readonly<Record<string, FakeProgram>> = {
  async print({ args, stdout }) {
    stdout.write(`${args.join(" ")}\r\n`);
    return 0;
  },
  async complain({ args, stderr }) {
    stderr.write(`${args.join(" ")}\r\n`);
    return 1;
  },
  async exit({ args }) {
    return Number(args[0] ?? 0) >>> 0;
  },
  async cat({ stdin, stdout, terminated }) {
    terminated.addEventListener("abort", () => stdin.destroy(), { once: true });
    for await (const chunk of stdin) await writeAll(stdout, chunk, terminated);
    return 0;
  },
  async flood({ args, stdout, terminated }) {
    const chunk = Buffer.alloc(4096, "x");
    for (let left = Number(args[0] ?? 0); left > 0 && !terminated.aborted; left -= chunk.length) {
      await writeAll(stdout, chunk.subarray(0, Math.min(left, chunk.length)), terminated);
    }
    return 0;
  },
  async env({ environment, workingDirectory, stdout }) {
    stdout.write(JSON.stringify({ environment, workingDirectory }));
    return 0;
  },
  async eat({ outOfMemory }) {
    outOfMemory();
    return 137;
  },
  async sleep({ terminated }) {
    await new Promise((resolve) => terminated.addEventListener("abort", resolve, { once: true }));
    return 0;
  },
};

/** Writes with back-pressure, unless the program is terminated meanwhile. */
async function writeAll(stream: Writable, chunk: Uint8Array, terminated: AbortSignal): Promise<void> {
  if (terminated.aborted || stream.write(chunk)) return;
  await new Promise<void>((resolve) => {
    const go = () => {
      stream.off("drain", go);
      stream.off("close", go);
      terminated.removeEventListener("abort", go);
      resolve();
    };
    stream.once("drain", go);
    stream.once("close", go);
    terminated.addEventListener("abort", go, { once: true });
  });
}
