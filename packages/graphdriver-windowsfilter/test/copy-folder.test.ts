import { createHash } from "node:crypto";
import { lstat, mkdtemp, readlink, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { FileAttribute } from "@oriel/backup-stream";
import { type RawWin32, silentLogger } from "@oriel/contracts";
import { createEmulatedHcs, type EmulatedHcs } from "@oriel/hcs-emulator";
import { type LayerTarEntry, writeLayerTar } from "@oriel/layer-tar";
import { memoryJournal } from "@oriel/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { WindowsFilterStorage } from "../src/index.ts";

let root: string;
let host: EmulatedHcs;
let storage: WindowsFilterStorage;

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "oriel-copy-folder-"));
  host = createEmulatedHcs({ root, rootfs: "copy" });
  storage = new WindowsFilterStorage({ raw: host, journal: memoryJournal(), logger: silentLogger, home: path.join(root, "layers") });
});
afterEach(async () => {
  await host.close();
  await rm(root, { recursive: true, force: true });
});

const chainId = (name: string): string => `sha256:${createHash("sha256").update(name).digest("hex")}`;
const at = (seconds: number) => ({ lastWrite: BigInt(seconds) * 1_000_000_000n, creation: BigInt(seconds - 10) * 1_000_000_000n });
/** Self-relative, without owner, group and lists. */
const security = Buffer.from("0100008000000000000000000000000000000000", "hex");

const entries: readonly LayerTarEntry[] = [
  { kind: "directory", name: "Files", times: at(100) },
  { kind: "directory", name: "Files/data", times: at(200), securityDescriptor: security },
  {
    kind: "file",
    name: "Files/data/a.txt",
    times: at(300),
    attributes: FileAttribute.Hidden | FileAttribute.ReadOnly,
    securityDescriptor: security,
    size: 5,
    content: Buffer.from("alpha"),
  },
  { kind: "stream", name: "Files/data/a.txt:Zone.Identifier", size: 4, content: Buffer.from("zone") },
  { kind: "hardlink", name: "Files/data/same.txt", target: "Files/data/a.txt" },
  { kind: "directory", name: "Files/data/sub", times: at(400), attributes: FileAttribute.Directory | FileAttribute.System },
  { kind: "file", name: "Files/data/sub/large", times: at(500), size: 3_000_000, content: Buffer.alloc(3_000_000, "large") },
  { kind: "symlink", name: "Files/data/sub/up", times: at(600), target: "..\\a.txt" },
  { kind: "symlink", name: "Files/data/sub/absolute", times: at(700), target: "C:\\data\\a.txt" },
];

/** All that a backup has of a file, and what it is. */
async function backupOf(win32: RawWin32, folder: string, name: string) {
  const opened = await win32.OpenBackupReader(folder, path.join(folder, name));
  const { facts } = await win32.GetFileFacts(opened.file);
  const pieces: Uint8Array[] = [];
  for (;;) {
    const { chunk } = await win32.BackupRead(opened.file, 1 << 20);
    if (chunk.length === 0) break;
    pieces.push(chunk);
  }
  await win32.CloseBackupFile(opened.file);
  const { attributes, creationTime, lastWriteTime, directory, size } = facts;
  return {
    hresult: opened.hresult,
    attributes,
    creationTime,
    lastWriteTime,
    directory,
    size,
    stream: Buffer.concat(pieces).toString("hex"),
  };
}

it("a folder of an image is copied with attributes, times, security, streams, hard links and links as the layer has them", async () => {
  const { folder } = await storage.applyLayer({ chainId: chainId("base"), tar: writeLayerTar(entries) });
  await storage.createScratch({ id: "c1", parentChainId: chainId("base") });
  const target = path.join(root, "copy");
  expect(await storage.copyFolder({ scratchId: "c1", names: ["data"], target })).toBe(true);
  for (const name of ["data", "data/a.txt", "data/same.txt", "data/sub", "data/sub/large", "data/sub/up", "data/sub/absolute"]) {
    const original = await backupOf(host.win32, folder, path.join("Files", name));
    expect([name, await backupOf(host.win32, target, path.join("Files", name))]).toEqual([name, original]);
    expect(original.hresult).toBe(0);
  }
  const [one, other] = await Promise.all(["a.txt", "same.txt"].map((name) => lstat(path.join(target, "Files", "data", name))));
  expect(one?.ino).toBe(other?.ino);
  // As the container sees it at the same place.
  expect(await readlink(path.join(target, "Files", "data", "sub", "absolute"))).toBe("../a.txt");
});
