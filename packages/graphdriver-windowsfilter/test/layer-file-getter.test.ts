import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { encodeStream, StreamAttribute, StreamId } from "@oriel/backup-stream";
import { inPieces, tarFile } from "@oriel/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { layerFileGetter } from "../src/layer-file-getter.ts";
import { ScriptedLayers } from "./scripted-layers.ts";

let layers: ScriptedLayers;
beforeEach(async () => {
  layers = await ScriptedLayers.open();
  const attributes = { "MSWINDOWS.fileattr": "32" };
  const folder = (name: string) => ({ name, directory: true as const, pax: { "MSWINDOWS.fileattr": "16" } });
  const tar = tarFile([
    folder("Files"),
    folder("Files/dir"),
    { name: "Files/dir/a.txt", content: "alpha", pax: attributes },
    { name: "Files/dir/a.txt:Zone.Identifier", content: "[zone]" },
    { name: "Files/empty.txt", content: "", pax: attributes },
    { name: "Files/link.txt", symlink: "..\\..\\..\\outside.txt" },
  ]);
  await layers.graph.createFromDiff({ id: "base", tar: inPieces(tar) });
  await writeFile(path.join(layers.folder, "outside.txt"), "outside");
});
afterEach(() => layers[Symbol.asyncDispose]());

const read = async (name: string) => {
  await using getter = await layers.graph.diffGetter("base");
  let text = "";
  for await (const piece of getter.get(name)) text += String(piece);
  return text;
};

test("reads files and their streams by the names that a tar has, whatever their case", async () => {
  expect(await read("Files/dir/a.txt")).toBe("alpha");
  expect(await read("./Files\\dir/A.TXT")).toBe("alpha");
  expect(await read("Files/dir/a.txt:Zone.Identifier")).toBe("[zone]");
  expect(await read("Files/empty.txt")).toBe("");
});

test.each([
  "../outside.txt",
  "Files/../../outside.txt",
  "/etc/passwd",
  "C:/outside.txt",
  "Files\\..\\..\\outside.txt",
  "",
  "Files//a",
  "Files/a.txt:x:y",
  "Files/a.txt:../x",
])("refuses '%s', which is no name in the layer", async (name) => {
  await expect(read(name)).rejects.toMatchObject({ code: "InvalidArgument", message: expect.stringContaining(`'${name}'`) });
});

test("what is not there is NotFound, and no link is followed out of the layer", async () => {
  await expect(read("Files/none.txt")).rejects.toMatchObject({ code: "NotFound" });
  expect(await read("Files/link.txt")).toBe("");
  await expect(layers.graph.diffGetter("none")).rejects.toMatchObject({ code: "NotFound" });
});

test("boot files of a utility VM are read from the copies that Windows did not change", async () => {
  const boot = path.join(layers.folder, "base", "UtilityVM", "Files", "EFI", "Microsoft", "Boot");
  await mkdir(boot, { recursive: true });
  await writeFile(path.join(boot, "BCD"), "changed");
  await writeFile(path.join(layers.folder, "base", "bcd.bak"), "as it was");
  expect(await read("UtilityVM/Files/EFI/Microsoft/Boot/BCD")).toBe("as it was");
});

test("a layer that is read from is not removed meanwhile", async () => {
  const getter = await layers.graph.diffGetter("base");
  await expect(layers.graph.remove("base")).rejects.toMatchObject({ code: "Conflict" });
  await getter[Symbol.asyncDispose]();
  await layers.graph.remove("base");
});

test("a sparse file is read with zeros for its holes, and its handle is closed when the reader has enough", async () => {
  const sparse = { attributes: StreamAttribute.Sparse };
  const stream = Buffer.concat([
    encodeStream({ id: StreamId.Data, ...sparse }, new Uint8Array(0)),
    encodeStream({ id: StreamId.SparseBlock, ...sparse, offset: 3 }, Buffer.from("abc")),
    encodeStream({ id: StreamId.SparseBlock, ...sparse, offset: 8 }, Buffer.from("de")),
  ]);
  let closed = 0;
  let position = 0;
  const raw = {
    OpenBackupReader: async () => ({ hresult: 0, file: 1n as never }),
    BackupRead: async () => {
      const chunk = stream.subarray(position, position + 7);
      position += chunk.length;
      return { hresult: 0, chunk };
    },
    CloseBackupFile: async () => {
      closed += 1;
      return { hresult: 0 };
    },
  } as unknown as Parameters<typeof layerFileGetter>[0];
  const getter = layerFileGetter(raw, "/layer");
  const pieces: Buffer[] = [];
  for await (const piece of getter.get("Files/a")) pieces.push(piece as Buffer);
  expect(Buffer.concat(pieces).toString("latin1")).toBe("\0\0\0abc\0\0de");
  position = 0;
  for await (const _ of getter.get("Files/a")) break;
  expect(closed).toBe(2);
});
