import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ConsoleInput } from "../src/guest/console-input.ts";
import { FifoWriter } from "../src/guest/fifo.ts";
import { makeFifos } from "../src/native/mkfifo.ts";

const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-console-"));
afterAll(() => rm(folder, { recursive: true }));

describe.skipIf(process.platform === "win32")("the input of a console (skipped on Windows)", () => {
  it("is a closed stream when the process ends before it is opened, as one that is quick does", async () => {
    const file = path.join(folder, "keys");
    makeFifos([file]);
    const input = new ConsoleInput(new FifoWriter(file), () => undefined);
    input.release();
    const stream = input.stream();
    await once(stream, "close");
    expect(stream.errored).toBeNull();
  });
});
