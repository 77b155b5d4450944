import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { demultiplex } from "../src/demultiplex.ts";
import { jsonLines } from "../src/json-lines.ts";

function encode(stream: "stdout" | "stderr", data: Uint8Array): Uint8Array {
  const header = Buffer.from([stream === "stdout" ? 1 : 2, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

/** Cuts bytes at the given places. */
async function* cut(bytes: Uint8Array, places: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const place of [...places].sort((left, right) => left - right)) {
    const to = Math.min(place, bytes.length);
    yield bytes.subarray(from, to);
    from = to;
  }
  yield bytes.subarray(from);
}

async function split(bytes: AsyncIterable<Uint8Array>): Promise<{ stdout: Buffer; stderr: Buffer }> {
  const parts = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  for await (const { stream, data } of demultiplex(bytes)) parts[stream].push(data);
  return { stdout: Buffer.concat(parts.stdout), stderr: Buffer.concat(parts.stderr) };
}

describe("framed output", () => {
  test("is taken apart as it was put together, however it is cut", async () => {
    const pieces = fc.array(fc.record({ stream: fc.constantFrom("stdout" as const, "stderr" as const), data: fc.uint8Array() }));
    await fc.assert(
      fc.asyncProperty(pieces, fc.array(fc.nat(200)), async (written, places) => {
        const bytes = Buffer.concat(written.map(({ stream, data }) => encode(stream, data)));
        const expected = (wanted: string) => Buffer.concat(written.filter(({ stream }) => stream === wanted).map(({ data }) => data));
        expect(await split(cut(bytes, places))).toEqual({ stdout: expected("stdout"), stderr: expected("stderr") });
      }),
    );
  });

  test.each([
    ["within a header", [1, 0, 0]],
    ["within a piece", [1, 0, 0, 0, 0, 0, 0, 5, 65]],
  ])("that breaks off %s is an error", async (_where, bytes) => {
    await expect(split(cut(Uint8Array.from(bytes), []))).rejects.toThrow("the output broke off");
  });

  test("that is none is an error and not garbage", async () => {
    await expect(split(cut(Buffer.from("HTTP/1.1 200 OK"), []))).rejects.toThrow("the output is not what a gateway sends");
  });
});

describe("lines of JSON", () => {
  test("are read however they are cut, letters of several bytes included", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), fc.array(fc.nat(300)), async (values, places) => {
        const text = values.map((value) => `${JSON.stringify(value)}\n`).join("");
        const read: unknown[] = [];
        for await (const value of jsonLines(cut(Buffer.from(text), places))) read.push(value);
        expect(read).toEqual(JSON.parse(JSON.stringify(values)));
      }),
    );
  });

  test("a line that is none is an error", async () => {
    const read = (async () => {
      for await (const _value of jsonLines(cut(Buffer.from("{}\n<html>\n"), [])));
    })();
    await expect(read).rejects.toThrow("the answer is not what a gateway sends: <html>");
  });
});
