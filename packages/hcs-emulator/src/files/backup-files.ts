import { statfs } from "node:fs/promises";
import path from "node:path";
import { type BackupHandle, type HResult, hresultFromWin32, noFileFacts, type RawWin32, WIN32 } from "@oriel/contracts";
import { HandleTable, noHandle } from "../handle-table.ts";
import { answerOf, answerWith } from "../host/answers.ts";
import type { LayerThreads } from "../threads/layer-threads.ts";
import { FilesAtOnce } from "./files-at-once.ts";
import { type OpenBackup, type OpenFileCalls, OpenReader, OpenWriter } from "./open-backup.ts";

type LayerFiles = Pick<
  RawWin32,
  | "CreateBackupFile"
  | "OpenBackupFile"
  | "BackupWrite"
  | "SetBasicInfo"
  | "OpenBackupReader"
  | "BackupRead"
  | "GetFileFacts"
  | "CloseBackupFile"
  | "ReadDirectory"
  | "CreateHardLink"
  | "RemoveTree"
  | "GetVolumeInformation"
>;

const none = noHandle<"HANDLE(backup)">();
const invalid = { hresult: hresultFromWin32(WIN32.INVALID_HANDLE) };

/**
 * The functions that make, read and remove files of layers.
 * @param rootOfVolume the folder that shows a scratch which is mounted at a volume
 */
export function createBackupFiles(
  threads: LayerThreads,
  rootOfVolume: (volumePath: string) => Promise<string | undefined>,
): LayerFiles & { readonly openFiles: () => number; closeAll(): Promise<void> } {
  const table = new HandleTable<"HANDLE(backup)", OpenBackup>();
  const opening = (open: () => Promise<OpenBackup>) => answerWith("file", none, async () => table.open(await open()));
  const onThread: OpenFileCalls = {
    buffers: threads.buffers,
    write: (...values) => threads.call("write", ...values),
    read: (...values) => threads.call("read", ...values),
    facts: (...values) => threads.call("facts", ...values),
    close: (...values) => threads.call("close", ...values),
  };
  const atOnce = new FilesAtOnce(threads);
  const writer = async (id: Promise<number>): Promise<OpenBackup> => new OpenWriter(onThread, await id);
  const withFile = async <Answer extends object>(
    file: BackupHandle,
    empty: Answer,
    work: (open: OpenBackup) => Promise<{ readonly hresult: HResult } & Answer>,
  ): Promise<{ readonly hresult: HResult } & Answer> => {
    const open = table.get(file);
    return open === undefined ? { ...invalid, ...empty } : work(open);
  };

  const onHost = (file: string): Promise<string> => hostPath(file, rootOfVolume);

  return {
    openFiles: () => table.size,
    closeAll: async () => {
      await Promise.all(table.clear().map((open) => open.close().catch(() => undefined)));
    },

    CreateBackupFile: (root, file, directory) => opening(() => writer(threads.call("create", root, file, directory))),
    OpenBackupFile: (root, file) => opening(async () => atOnce.openFolder(root, file) ?? writer(threads.call("open", root, file))),
    BackupWrite: (file, chunk) => withFile(file, {}, (open) => answerOf(() => open.write(chunk))),
    SetBasicInfo: (file, info) => withFile(file, {}, (open) => answerOf(async () => open.setInfo(info))),

    OpenBackupReader: (root, file) =>
      opening(async () => {
        const [folder, name] = [await onHost(root), await onHost(file)];
        return atOnce.openReader(folder, name) ?? new OpenReader(onThread, await threads.call("openReader", folder, name));
      }),
    BackupRead: (file, length) => withFile(file, { chunk: nothing }, (open) => answerWith("chunk", nothing, () => open.read(length))),
    GetFileFacts: (file) => withFile(file, { facts: noFileFacts }, (open) => answerWith("facts", noFileFacts, () => open.facts())),
    CloseBackupFile: async (file) => {
      const open = table.close(file);
      return open === undefined ? invalid : answerOf(() => open.close());
    },

    ReadDirectory: (root, folder) =>
      answerWith("names", [], async () => {
        const [layer, name] = [await onHost(root), await onHost(folder)];
        return atOnce.list(layer, name) ?? threads.call("list", layer, name);
      }),
    CreateHardLink: (root, file, existing) => answerOf(() => threads.call("link", root, file, existing)),
    RemoveTree: (root, file) => answerOf(() => threads.call("remove", root, file)),

    GetVolumeInformation: (file) =>
      answerWith("fileSystem", "", async () => {
        await statfs(file);
        return "NTFS";
      }),
  };
}

/** What `\\?\Volume{GUID}\a\b` of a mounted scratch is here; any other path is one of this host. */
async function hostPath(file: string, rootOfVolume: (volumePath: string) => Promise<string | undefined>): Promise<string> {
  const [, volume, rest = ""] = /^(\\\\\?\\Volume\{[^}]*\})(?:\\(.*))?$/is.exec(file) ?? [];
  const root = volume === undefined ? undefined : await rootOfVolume(volume);
  return root === undefined ? file : path.join(root, ...rest.split("\\"));
}

const nothing = new Uint8Array();
