import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  AnswerDecoder,
  decodeEnvironment,
  decodeProcesses,
  encodeCreate,
  encodeInterrupt,
  encodeResize,
  encodeShutdown,
  encodeTerminate,
} from "../src/guest/agent-protocol.ts";

/** As guest/agent.c writes it. */
function answer(kind: number, id: number, value: number, data = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(16);
  for (const [index, field] of [data.length, kind, id, value].entries()) head.writeUInt32LE(field, index * 4);
  return Buffer.concat([head, data]);
}

describe("messages of the execution agent", () => {
  it("writes a process as NUL-terminated strings with an empty one at the end", () => {
    const bytes = encodeCreate(7, {
      commandLine: "a b",
      workingDirectory: "C:\\",
      stdin: "i",
      stdout: "o",
      stderr: "",
      environment: ["X=1", "Y=2"],
      console: undefined,
    });
    expect([bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8)]).toEqual([bytes.length - 12, 1, 7]);
    expect([bytes.readUInt32LE(12), bytes.readUInt32LE(16)]).toEqual([0, 0]);
    expect(bytes.subarray(20).toString("utf16le")).toBe("a b\0C:\\\0i\0o\0\0X=1\0Y=2\0\0");
  });

  it("writes the size of a console as columns and rows", () => {
    const process = { commandLine: "a", workingDirectory: "", stdin: "", stdout: "", stderr: "", environment: [] };
    const bytes = encodeCreate(7, { ...process, console: { columns: 120, rows: 30 } });
    expect([bytes.readUInt32LE(12), bytes.readUInt32LE(16)]).toEqual([120, 30]);
    const resize = encodeResize(7, { columns: 80, rows: 25 });
    expect([resize.readUInt32LE(4), resize.readUInt32LE(8), resize.readUInt32LE(12), resize.readUInt32LE(16)]).toEqual([4, 7, 80, 25]);
    expect(encodeInterrupt(9).readUInt32LE(8)).toBe(9);
  });

  it("writes exit codes of 32 bits", () => {
    expect(encodeTerminate(3, 0xc000013a).readUInt32LE(12)).toBe(0xc000013a);
    expect(encodeShutdown(0x40010004).readUInt32LE(12)).toBe(0x40010004);
  });

  it("reads answers wherever the pipe cuts them", () => {
    const block = Buffer.from("A=1\0B=2\0", "utf16le");
    const bytes = Buffer.concat([answer(0, 0, 32, block), answer(1, 5, 48), answer(3, 5, 0xffffffff), answer(2, 6, 2)]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 })), (cuts) => {
        const decoder = new AnswerDecoder();
        const seen: string[] = [];
        let at = 0;
        for (const size of [...cuts, bytes.length]) {
          for (const found of decoder.write(bytes.subarray(at, at + size)))
            seen.push(`${found.kind} ${found.id} ${found.value} ${decodeEnvironment(found.data)}`);
          at += size;
        }
        expect(seen).toEqual(["ready 0 32 A=1,B=2", "started 5 48 ", "exited 5 4294967295 ", "failed 6 2 "]);
      }),
    );
  });

  it("reads the list of processes", () => {
    const record = (pid: number, name: string, numbers: readonly bigint[]) => {
      const text = Buffer.from(name, "utf16le");
      const head = Buffer.alloc(48);
      head.writeUInt32LE(pid, 0);
      head.writeUInt32LE(text.length, 4);
      for (const [index, number] of numbers.entries()) head.writeBigInt64LE(number, 8 + index * 8);
      return Buffer.concat([head, text]);
    };
    // 1970 in units of 100 ns since 1601.
    const data = Buffer.concat([
      record(32, "cmd.exe", [116444736000000000n, 1n, 2n, 3n, 4n]),
      record(36, "ünï.exe", [116444736010000000n, 0n, 0n, 0n, 0n]),
    ]);
    expect(decodeProcesses(data)).toEqual([
      { pid: 32, image: "cmd.exe", created: new Date(0), user100ns: 1, kernel100ns: 2, workingSet: 3, commit: 4 },
      { pid: 36, image: "ünï.exe", created: new Date(1000), user100ns: 0, kernel100ns: 0, workingSet: 0, commit: 0 },
    ]);
    expect(decodeProcesses(Buffer.alloc(0))).toEqual([]);
  });

  it("refuses an answer that the agent does not have", () => {
    expect(() => [...new AnswerDecoder().write(answer(9, 0, 0))]).toThrow("answer 9");
  });

  it("are refused, not gathered, when they say that they are longer than any list of processes", () => {
    const head = answer(1, 1, 0);
    head.writeUInt32LE(0xffff_ffff, 0);
    expect(() => [...new AnswerDecoder().write(head)]).toThrow("4294967295 bytes");
    head.writeUInt32LE(4 * 1024 * 1024, 0);
    expect([...new AnswerDecoder().write(head)]).toEqual([]);
  });
});
