import { once } from "node:events";
import { PassThrough } from "node:stream";
import type { RuntimeProcess } from "@oriel/contracts";
import type { FakeContainerProgram } from "@oriel/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { ContainerInput } from "../src/io/container-input.ts";
import { cat, each, prints, stubborn, type TestEngine, testEngine, textOf, waits } from "./test-engine.ts";

let test: TestEngine;
afterEach(() => test.dispose());

const both = { stdin: false, stdout: true, stderr: true, stream: true };

describe("attaching to a container's output", () => {
  it("before the start loses no byte, and ends after the last", async () => {
    const lines = Array.from({ length: 5000 }, (_, line) => `line ${line}\n`).join("");
    test = await testEngine({ program: () => prints(lines) });
    const id = await test.create();
    const { output, tty, stdin } = await test.engine.containers.attach(id, both);
    const text = textOf(output);
    await test.engine.containers.start(id);
    expect((await text).stdout).toBe(lines);
    expect(tty).toBe(false);
    expect(stdin).toBeUndefined();
  });

  it("keeps stdout and stderr apart, and gives only what was asked for", async () => {
    const program: FakeContainerProgram = async ({ stdout, stderr }) => {
      await stdout("out");
      await stderr("err");
      return 0;
    };
    test = await testEngine({ program: () => program });
    const id = await test.create();
    const { containers } = test.engine;
    const [all, errors] = await Promise.all([containers.attach(id, both), containers.attach(id, { ...both, stdout: false })]);
    const texts = Promise.all([textOf(all.output), textOf(errors.output)]);
    await containers.start(id);
    expect(await texts).toEqual([
      { stdout: "out", stderr: "err" },
      { stdout: "", stderr: "err" },
    ]);
  });

  it("hands on bytes that are no text as they are", async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    test = await testEngine({
      program:
        () =>
        async ({ stdout }) => {
          await stdout(bytes);
          return 0;
        },
    });
    const id = await test.create();
    const { output } = await test.engine.containers.attach(id, both);
    await test.engine.containers.start(id);
    const chunks: Uint8Array[] = [];
    for await (const { data } of output) chunks.push(data);
    expect(Buffer.concat(chunks)).toEqual(Buffer.from(bytes));
  });

  it("with what was logged before has neither gap nor doubling, wherever it falls", async () => {
    const { promise: attached, resolve: go } = Promise.withResolvers<void>();
    const program: FakeContainerProgram = async ({ stdout }) => {
      for (let line = 0; line < 300; line += 1) {
        await stdout(`${line} `);
        if (line % 7 === 0) await stdout("\n");
        if (line === 150) await attached;
      }
      return 0;
    };
    test = await testEngine({ program: () => program });
    const id = await test.create();
    const live = await test.engine.containers.attach(id, both);
    const expected = textOf(live.output);
    await test.engine.containers.start(id);
    const late = await test.engine.containers.attach(id, { ...both, logs: true });
    go();
    expect((await textOf(late.output)).stdout).toBe((await expected).stdout);
  });

  it("without staying gives what was logged, and ends", async () => {
    test = await testEngine({ program: () => prints("done\n") });
    const id = await test.create();
    const ended = test.engine.containers.wait(id, "next-exit");
    await test.engine.containers.start(id);
    await ended;
    const { output } = await test.engine.containers.attach(id, { ...both, logs: true, stream: false });
    expect(await textOf(output)).toEqual({ stdout: "done\n", stderr: "" });
  });

  it("before a further run gives the former runs' log once, and then the new run", async () => {
    let run = 0;
    test = await testEngine({ program: () => prints(`run ${++run}\n`) });
    const id = await test.create();
    const first = test.engine.containers.wait(id, "next-exit");
    await test.engine.containers.start(id);
    await first;
    const { output } = await test.engine.containers.attach(id, { ...both, logs: true });
    const second = test.engine.containers.wait(id, "next-exit");
    await test.engine.containers.start(id);
    await second;
    expect((await textOf(output)).stdout).toBe("run 1\nrun 2\n");
  });

  it("to a container that is exited waits for its next run", async () => {
    let run = 0;
    test = await testEngine({ program: () => prints(`run ${++run}\n`) });
    const id = await test.create();
    for (const expected of ["run 1\n", "run 2\n"]) {
      const { output } = await test.engine.containers.attach(id, both);
      const ended = test.engine.containers.wait(id, "next-exit");
      await test.engine.containers.start(id);
      expect((await textOf(output)).stdout).toBe(expected);
      await ended;
    }
  });

  it("ends when the container is removed before it ever ran", async () => {
    test = await testEngine();
    const id = await test.create();
    const { output } = await test.engine.containers.attach(id, both);
    await test.engine.containers.remove(id);
    expect(await textOf(output)).toEqual({ stdout: "", stderr: "" });
  });
});

describe("an attached client that does not read", () => {
  /** Prints for ever, and counts what was taken from it. */
  const endless = () => {
    const taken = { bytes: 0 };
    const program: FakeContainerProgram = async ({ stdout, asked }) => {
      let isAsked = false;
      void asked.then(() => {
        isAsked = true;
      });
      while (!isAsked) {
        await stdout("x".repeat(1023).concat("\n"));
        taken.bytes += 1024;
      }
      return 0;
    };
    return { taken, program };
  };

  /** Waits until the client's share is full and nothing moves any more. */
  const settled = async (taken: { bytes: number }): Promise<number> => {
    while (taken.bytes < 60 * 1024) await new Promise((resolve) => setImmediate(resolve));
    for (let before = -1, still = 0; still < 20; ) {
      still = taken.bytes === before ? still + 1 : 0;
      before = taken.bytes;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return taken.bytes;
  };

  it("slows the container instead of filling memory, and lets it go on when it leaves", async () => {
    const { taken, program } = endless();
    test = await testEngine({ program: () => program });
    const id = await test.create();
    const session = await test.engine.containers.attach(id, both);
    await test.engine.containers.start(id);
    const held = await settled(taken);
    expect(held).toBeLessThan(512 * 1024);
    session.detach();
    while (taken.bytes < held + 1024 * 1024) await new Promise((resolve) => setImmediate(resolve));
    const ended = test.engine.containers.wait(id, "next-exit");
    await test.engine.containers.stop(id);
    expect((await ended).exitCode).toBe(0);
  });

  it("does not hold up the exit of a container that is terminated, and still gets what was printed", async () => {
    const { taken, program } = endless();
    test = await testEngine({ program: () => program });
    const id = await test.create();
    const { output } = await test.engine.containers.attach(id, both);
    await test.engine.containers.start(id);
    await settled(taken);
    await test.engine.containers.kill(id);
    expect((await test.engine.containers.inspect(id)).state.status).toBe("exited");
    const logged = await textOf(each((await test.engine.containers.logs(id, both)).batches));
    expect((await textOf(output)).stdout).toBe(logged.stdout);
  });

  it("does not keep other clients from leaving when its iteration is broken off", async () => {
    const { taken, program } = endless();
    test = await testEngine({ program: () => program });
    const id = await test.create();
    const { output } = await test.engine.containers.attach(id, both);
    await test.engine.containers.start(id);
    for await (const _ of output) break;
    const before = taken.bytes;
    while (taken.bytes < before + 1024 * 1024) await new Promise((resolve) => setImmediate(resolve));
    await test.engine.containers.stop(id);
  });
});

describe("a container's input", () => {
  const open = { OpenStdin: true, StdinOnce: true, AttachStdin: true };

  it("reaches the process, whenever it was written, and its end is the process's end of file", async () => {
    test = await testEngine({ program: () => cat });
    const id = await test.create({ config: open });
    const { stdin, output } = await test.engine.containers.attach(id, { ...both, stdin: true });
    stdin?.write("before the start\n");
    const text = textOf(output);
    await test.engine.containers.start(id);
    stdin?.end("after it\n");
    expect((await text).stdout).toBe("before the start\nafter it\n");
    expect((await test.engine.containers.wait(id, "not-running")).exitCode).toBe(0);
  });

  it("that is ended before the start is end of file at once", async () => {
    test = await testEngine({ program: () => cat });
    const id = await test.create({ config: open });
    const { stdin, output } = await test.engine.containers.attach(id, { ...both, stdin: true });
    stdin?.end();
    const text = textOf(output);
    await test.engine.containers.start(id);
    expect((await text).stdout).toBe("");
  });

  it("ends when the one client goes without a word, with StdinOnce", async () => {
    test = await testEngine({ program: () => cat });
    const id = await test.create({ config: open });
    const session = await test.engine.containers.attach(id, { ...both, stdin: true });
    const ended = test.engine.containers.wait(id, "next-exit");
    await test.engine.containers.start(id);
    session.detach();
    expect((await ended).exitCode).toBe(0);
  });

  it("outlives its clients without StdinOnce", async () => {
    test = await testEngine({ program: () => cat });
    const id = await test.create({ config: { OpenStdin: true } });
    const first = await test.engine.containers.attach(id, { ...both, stdin: true });
    const text = textOf((await test.engine.containers.attach(id, both)).output);
    await test.engine.containers.start(id);
    first.stdin?.end("one\n");
    if (first.stdin !== undefined) await once(first.stdin, "finish");
    first.detach();
    const second = await test.engine.containers.attach(id, { ...both, stdin: true });
    await new Promise<void>((resolve) => second.stdin?.write("two\n", () => resolve()));
    expect((await test.engine.containers.inspect(id)).state.status).toBe("running");
    await test.engine.containers.kill(id);
    expect((await text).stdout).toBe("one\ntwo\n");
  });

  it("is at its end from the beginning when the container has none", async () => {
    test = await testEngine({ program: () => cat });
    const id = await test.create();
    const { stdin } = await test.engine.containers.attach(id, { ...both, stdin: true });
    const ended = test.engine.containers.wait(id, "next-exit");
    await test.engine.containers.start(id);
    expect((await ended).exitCode).toBe(0);
    expect(stdin).toBeUndefined();
  });

  it("has no end of itself at a terminal, as nobody there has said so", async () => {
    const inputOrEnd: FakeContainerProgram = async ({ stdin, asked }) =>
      Promise.race([once(stdin.resume(), "end").then(() => 1), asked.then(() => 0)]);
    test = await testEngine({ program: () => inputOrEnd });
    const id = await test.create({ config: { Tty: true } });
    await test.engine.containers.start(id);
    await new Promise((resolve) => setImmediate(resolve));
    await test.engine.containers.stop(id);
    expect((await test.engine.containers.inspect(id)).state.exitCode).toBe(0);
  });

  it("is ended once by a client that ends it and goes", async () => {
    let closes = 0;
    const input = new ContainerInput();
    const process = {
      stdin: new PassThrough(),
      closeStdin: async () => {
        closes += 1;
      },
    };
    input.begin(process as unknown as RuntimeProcess);
    const stdin = input.open(true);
    stdin.end();
    await once(stdin, "close");
    expect(closes).toBe(1);
  });

  it("is held back while the process does not read, and dropped once it is gone", async () => {
    test = await testEngine({ program: () => waits });
    const id = await test.create({ config: open });
    const { stdin } = await test.engine.containers.attach(id, { ...both, stdin: true });
    await test.engine.containers.start(id);
    let taken = 0;
    const block = Buffer.alloc(64 * 1024);
    for (let written = 0; written < 20; written += 1)
      stdin?.write(block, () => {
        taken += 1;
      });
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toBeLessThan(3);
    await test.engine.containers.stop(id);
    if (stdin !== undefined) {
      stdin.end();
      stdin.destroy();
      await once(stdin, "close");
    }
    expect((await test.engine.containers.inspect(id)).state.exitCode).toBe(0);
  });

  it("of a client that goes does not keep the container from being killed", async () => {
    test = await testEngine({ program: () => stubborn });
    const id = await test.create({ config: open });
    const session = await test.engine.containers.attach(id, { ...both, stdin: true });
    await test.engine.containers.start(id);
    session.stdin?.write(Buffer.alloc(1024 * 1024));
    session.detach();
    await test.engine.containers.kill(id);
    expect((await test.engine.containers.inspect(id)).state.status).toBe("exited");
  });
});
