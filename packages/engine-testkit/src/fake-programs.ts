import { setTimeout as sleep } from "node:timers/promises";

/** What a container of the fake engine does; its first argument after the program selects it. */
export type Program = (io: ProgramIo) => Promise<number>;

export interface ProgramIo {
  readonly args: readonly string[];
  out(text: string | Uint8Array): Promise<void>;
  err(text: string | Uint8Array): Promise<void>;
  /** All that is sent to stdin until its end. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Aborts when it is killed. */
  readonly killed: AbortSignal;
}

export const programs: Readonly<Record<string, Program>> = {
  async echo({ args, out }) {
    await out(`${args.join(" ")}\r\n`);
    return 0;
  },
  async both({ out, err }) {
    await out("to stdout\r\n");
    await err("to stderr\r\n");
    return 7;
  },
  async cat({ input, out }) {
    let size = 0;
    for await (const chunk of input) {
      size += chunk.length;
      await out(chunk);
    }
    await out(`[end of ${size} bytes]`);
    return 0;
  },
  async flood({ args, out, killed }) {
    const chunk = Buffer.alloc(64 * 1024, "x");
    for (let left = Number(args[0]); left > 0 && !killed.aborted; left -= 1) await out(chunk);
    return 0;
  },
  async drip({ out, killed }) {
    while (!killed.aborted) {
      await out("drop\r\n");
      await sleep(5);
    }
    return 0;
  },
  async sleep({ killed, out }) {
    await out("sleeping\r\n");
    if (!killed.aborted) await new Promise((resolve) => killed.addEventListener("abort", resolve, { once: true }));
    return 0x4001_0004;
  },
};
