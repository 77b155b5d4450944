import { writeFile } from "node:fs/promises";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readImports } from "../src/pe-imports.ts";
import { readResources } from "../src/pe-resources.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { tinyPe } from "./tiny-pe.ts";

async function saved(content: Buffer): Promise<string> {
  const file = path.join(await temporaryFolder(), "a.dll");
  await writeFile(file, content);
  return file;
}

describe("imports of a PE file", () => {
  it("are the names in its import table, each once, in its order", async () => {
    const file = await saved(tinyPe({ imports: ["KERNEL32.dll", "ntdll.dll", "KERNEL32.dll"] }));
    expect(await readImports(file)).toEqual({ static: ["KERNEL32.dll", "ntdll.dll"], delayed: [] });
  });

  it("are told apart from those that are loaded at the first call", async () => {
    const file = await saved(tinyPe({ imports: ["a.dll"], delayed: ["ole32.dll", "b.dll"] }));
    expect(await readImports(file)).toEqual({ static: ["a.dll"], delayed: ["ole32.dll", "b.dll"] });
  });

  it("are read from 32-bit files too, with the absolute addresses of old linkers", async () => {
    const file = await saved(tinyPe({ narrow: true, imports: ["a.dll"], delayed: ["b.dll"], absoluteDelayed: true }));
    expect(await readImports(file)).toEqual({ static: ["a.dll"], delayed: ["b.dll"] });
  });

  it("are none where there are no tables", async () => {
    expect(await readImports(await saved(tinyPe()))).toEqual({ static: [], delayed: [] });
  });
});

describe("resources of a PE file", () => {
  it("are all of the type that is asked for", async () => {
    const file = await saved(tinyPe({ imports: ["a.dll"], scripts: ["HKLM {}", "HKCR {}"] }));
    expect((await readResources(file, "WINE_REGISTRY")).map(String)).toEqual(["HKLM {}", "HKCR {}"]);
    expect(await readResources(file, "TYPELIB")).toEqual([]);
  });

  it("are none where the file has none", async () => {
    expect(await readResources(await saved(tinyPe()), "WINE_REGISTRY")).toEqual([]);
  });
});

describe("a file that is no PE file", () => {
  it.each([
    ["is empty", Buffer.alloc(0), "ends before byte 64"],
    ["is a script", Buffer.from("#!/bin/sh\n".padEnd(100)), "does not begin with MZ"],
    ["is a DOS program", Buffer.concat([Buffer.from("MZ"), Buffer.alloc(200)]), "has no PE signature"],
    ["is cut off in its headers", tinyPe({ imports: ["a.dll"] }).subarray(0, 200), "ends before byte"],
  ])("is refused by name and reason when it %s", async (_, content, reason) => {
    const file = await saved(content);
    await expect(readImports(file)).rejects.toMatchObject({ code: "InvalidArgument", message: expect.stringContaining(reason) });
    await expect(readImports(file)).rejects.toThrow(file);
  });

  it("is refused when a table points outside of it", async () => {
    const content = tinyPe({ imports: ["a.dll"] });
    content.writeUInt32LE(0x7000_0000, 88 + 240 - 128 + 8);
    await expect(readImports(await saved(content))).rejects.toThrow("0x70000000, which no section holds");
  });

  it("is refused when its resource folders contain themselves", async () => {
    const content = tinyPe({ scripts: ["HKLM {}"] });
    const table = 0x400 + content.readUInt32LE(88 + 240 - 128 + 16) - 0x1000;
    content.writeUInt32LE(0x8000_0000, table + 20);
    await expect(readResources(await saved(content), "WINE_REGISTRY")).rejects.toThrow("deeper than three levels");
  });

  it("never breaks the reader, whichever bytes are wrong", async () => {
    const good = tinyPe({ imports: ["a.dll", "b.dll"], delayed: ["c.dll"], scripts: ["HKLM {}"] });
    const file = await saved(good);
    const change = fc.record({ at: fc.nat(good.length - 1), value: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const content = Buffer.from(good);
        for (const { at, value } of changes) content[at] = value;
        await writeFile(file, content);
        for (const read of [readImports, (path: string) => readResources(path, "WINE_REGISTRY")]) {
          const error = await read(file).then(
            () => undefined,
            (reason: unknown) => reason,
          );
          if (error !== undefined) expect(error).toMatchObject({ code: "InvalidArgument" });
        }
      }),
      { numRuns: 200 },
    );
  });
});
