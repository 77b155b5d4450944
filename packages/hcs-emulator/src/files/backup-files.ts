import { link, lstat, lutimes, readdir, realpath, rm } from "node:fs/promises";
import path from "node:path";
import { type BackupHandle, type BasicInfo, type FileFacts, hresultFromWin32, type RawWin32, S_OK, WIN32 } from "@oriel/core";
import { HandleTable, noHandle } from "../handle-table.ts";
import { answerOf, answerWith, HresultFailure } from "../host/answers.ts";
import { filesOf, readLineage, writeLineage } from "../layers/layer-folder.ts";
import { LayerView } from "../layers/layer-view.ts";
import { BackupWriter } from "./backup-writer.ts";
import { findPath } from "./case-insensitive.ts";

type LayerFiles = Omit<RawWin32, "RtlGetVersion" | "openPipeReader" | "openPipeWriter" | "CloseHandle">;

interface OpenFile {
  readonly writer: BackupWriter;
  times: readonly [access: Date, write: Date] | undefined;
}

/** The functions that make and remove files of layers. */
export function createBackupFiles(): LayerFiles & { readonly openFiles: () => number } {
  const table = new HandleTable<"HANDLE(backup)", OpenFile>();
  const invalid = { hresult: hresultFromWin32(WIN32.INVALID_HANDLE) };

  return {
    openFiles: () => table.size,

    CreateBackupFile: (root, file, directory) =>
      answerWith("file", noHandle<"HANDLE(backup)">(), async () => {
        const target = await containedTarget(root, file);
        return table.open({ writer: await BackupWriter.create(target, directory), times: undefined });
      }),

    OpenBackupFile: (root, file) =>
      answerWith("file", noHandle<"HANDLE(backup)">(), async () => {
        const target = await containedTarget(root, file);
        const found = await lstat(file);
        // A link takes no data; its times can be set by its name.
        const writer = await BackupWriter.existing(target, !found.isFile());
        return table.open({ writer, times: undefined });
      }),

    BackupWrite: async (file, chunk) => {
      const open = table.get(file);
      return open === undefined ? invalid : answerOf(() => open.writer.write(chunk));
    },

    SetBasicInfo: async (file, info) => {
      const open = table.get(file);
      if (open === undefined) return invalid;
      // Applied at close: writing after this would change them again.
      open.times = [dateOf(info.lastAccessTime), dateOf(info.lastWriteTime)];
      return { hresult: S_OK };
    },

    CloseBackupFile: async (file: BackupHandle) => {
      const open = table.close(file);
      if (open === undefined) return invalid;
      return answerOf(async () => {
        await open.writer.close();
        if (open.times !== undefined) await lutimes(open.writer.file, ...open.times);
      });
    },

    OpenBackupReader: async () => ({ hresult: hresultFromWin32(WIN32.NOT_SUPPORTED), file: noHandle<"HANDLE(backup)">() }),
    BackupRead: async () => ({ ...invalid, chunk: new Uint8Array() }),
    GetFileFacts: async () => ({ ...invalid, facts: noFacts }),
    ReadDirectory: (root, file) =>
      answerWith("names", [], async () => {
        await containedTarget(root, path.join(file, "x"));
        return readdir(file);
      }),
    GetVolumeInformation: async () => ({ hresult: S_OK, fileSystem: "NTFS" }),
    RegGetString: async () => ({ hresult: hresultFromWin32(WIN32.FILE_NOT_FOUND), value: "" }),

    CreateHardLink: (root, file, existing) =>
      answerOf(async () => {
        await containedTarget(root, file);
        await link(existing, file);
      }),

    RemoveTree: (root, file) => answerOf(() => removeTree(root, file)),
  };
}

const noFacts: FileFacts = {
  attributes: 0,
  creationTime: 0n,
  lastAccessTime: 0n,
  lastWriteTime: 0n,
  changeTime: 0n,
  size: 0n,
  directory: false,
  numberOfLinks: 0,
  fileId: "",
};

/** Nanoseconds since 1970; Windows' own "unset" is before that. */
function dateOf(time: BasicInfo["lastWriteTime"]): Date {
  return new Date(Math.max(0, Number(time / 1_000_000n)));
}

/**
 * Refuses a path that does not lie in the layer, or that a link on its way would lead out.
 * @throws HresultFailure with ERROR_ACCESS_DENIED
 */
async function containedTarget(root: string, file: string): Promise<{ file: string; name: string }> {
  const relative = path.relative(root, file);
  const parts = relative.split(path.sep);
  const outside = relative === "" || parts[0] === ".." || path.isAbsolute(relative);
  if (outside || (await realpath(path.dirname(file))) !== path.join(await realpath(root), path.dirname(relative))) {
    throw new HresultFailure(hresultFromWin32(WIN32.ACCESS_DENIED), `${file} leaves ${root}`);
  }
  // Links start at the root of the tree that they are in: Files, or UtilityVM/Files.
  const files = parts.indexOf("Files");
  return { file, name: parts.slice(files + 1).join("/") };
}

/**
 * Windows has the parents' files in a layer's own folder and simply deletes them there. Here a layer holds only what it
 * adds, so what its parents have is hidden by a tombstone.
 */
async function removeTree(layer: string, file: string): Promise<void> {
  await containedParent(layer, file);
  const parts = path.relative(layer, file).split(path.sep);
  const own = await findPath(layer, parts);
  if (own !== undefined) await rm(own, { recursive: true, force: true });

  const name = parts.slice(1).join("/");
  const lineage = await readLineage(layer);
  const inherited =
    parts[0] === path.basename(filesOf(layer)) && name !== "" ? await (await LayerView.open(lineage.parents)).find(name) : undefined;
  if (inherited !== undefined) {
    const tombstones = [...new Set([...lineage.tombstones, inherited.spelling])].sort();
    await writeLineage(layer, { ...lineage, tombstones });
  }
  if (own === undefined && inherited === undefined)
    throw new HresultFailure(hresultFromWin32(WIN32.FILE_NOT_FOUND), `${file} is not there`);
}

/** The same check for a path whose folders may exist in parents only. */
async function containedParent(layer: string, file: string): Promise<void> {
  const relative = path.relative(layer, file);
  if (relative === "" || relative.split(path.sep)[0] === ".." || path.isAbsolute(relative)) {
    throw new HresultFailure(hresultFromWin32(WIN32.ACCESS_DENIED), `${file} leaves ${layer}`);
  }
  let at = layer;
  for (const part of relative.split(path.sep).slice(0, -1)) {
    at = path.join(at, part);
    const found = await lstat(at).catch(() => undefined);
    if (found?.isSymbolicLink()) throw new HresultFailure(hresultFromWin32(WIN32.ACCESS_DENIED), `${file} leaves ${layer} by a link`);
  }
}
