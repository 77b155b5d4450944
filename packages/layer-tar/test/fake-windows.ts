import { constants } from "node:fs";
import { type FileHandle, link, lstat, mkdir, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { BackupStreamDecoder, encodeStream, encodeStreamHeader, StreamAttribute, StreamId } from "@oriel/backup-stream";
import {
  type BackupHandle,
  type BasicInfo,
  type FileFacts,
  type HResult,
  hresultFromWin32,
  type LayerDescriptor,
  S_OK,
  WIN32,
} from "@oriel/contracts";
import type { RawExportCalls, RawLayerCalls } from "../src/index.ts";

const SPARSE = 0x200;
const marker = ".$wcidirs$";

/** All that NTFS keeps beside the data. Links are files like others here, with reparse data. */
interface Metadata {
  info: BasicInfo;
  readonly streams: Map<number, Buffer>;
  readonly named: Map<string, Buffer>;
}

interface OpenFile {
  readonly file: string;
  readonly directory: boolean;
  readonly handle: FileHandle | undefined;
  readonly decoder: BackupStreamDecoder;
  readonly metadata: Metadata;
  readonly pieces: Map<string, Buffer[]>;
  position: number;
  rest: Buffer | undefined;
}

const noTimes = { creationTime: 0n, lastAccessTime: 0n, lastWriteTime: 0n, changeTime: 0n };
const failed = (code: number) => ({ hresult: hresultFromWin32(code) });

/**
 * Layers as a Windows host with the filter driver has them, as far as importing and exporting them goes; data lies on
 * disk, the rest in memory. Stricter than a real host where a caller could rely on luck: names come in no useful order,
 * and backup streams have their descriptions behind the data (MS-BKUP allows any order).
 */
export class FakeWindows implements RawLayerCalls, RawExportCalls {
  readonly #metadata = new Map<bigint, Metadata>();
  readonly #open = new Map<bigint, OpenFile>();
  readonly #gone = new Map<string, Set<string>>();
  readonly #parents = new Map<string, readonly string[]>();
  #nextHandle = 1n;
  /** Most files that were open at once. */
  maxOpen = 0;

  get openFiles(): number {
    return this.#open.size;
  }

  readonly win32: RawLayerCalls["win32"] & RawExportCalls["win32"] = {
    CreateBackupFile: (root, file, directory) =>
      this.#answer({ file: 0n as BackupHandle }, async () => {
        await this.#requireInside(root, file);
        if (directory) await mkdir(file);
        const handle = directory ? undefined : await open(file, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL);
        const metadata: Metadata = fresh(directory);
        this.#metadata.set(await inode(file), metadata);
        return { file: this.#opened(file, directory, handle, metadata) };
      }),
    OpenBackupFile: (root, file) => this.#answer({ file: 0n as BackupHandle }, () => this.#openExisting(root, file, "r+")),
    OpenBackupReader: (root, file) => this.#answer({ file: 0n as BackupHandle }, () => this.#openExisting(root, file, "r")),
    BackupWrite: (handle, chunk) => this.#answer({}, () => this.#write(this.#get(handle), chunk)),
    SetBasicInfo: (handle, info) =>
      this.#answer({}, async () => {
        const { metadata } = this.#get(handle);
        metadata.info = { ...info, attributes: info.attributes === 0 ? metadata.info.attributes : info.attributes };
        return {};
      }),
    CloseBackupFile: (handle) =>
      this.#answer({}, async () => {
        const file = this.#get(handle);
        this.#open.delete(handle as bigint);
        await file.handle?.close();
        for (const [key, pieces] of file.pieces) {
          if (key.startsWith(":")) file.metadata.named.set(key, Buffer.concat(pieces));
          else file.metadata.streams.set(Number(key), Buffer.concat(pieces));
        }
        return {};
      }),
    BackupRead: (handle, length) =>
      this.#answer<{ chunk: Uint8Array }>({ chunk: new Uint8Array(0) }, async () => {
        const file = this.#get(handle);
        file.rest ??= await this.#backupStream(file.file, file.metadata);
        const chunk = file.rest.subarray(0, length);
        file.rest = file.rest.subarray(chunk.length);
        return { chunk };
      }),
    GetFileFacts: (handle) =>
      this.#answer({ facts: { ...noTimes, attributes: 0, size: 0n, directory: false, numberOfLinks: 1, fileId: "" } }, async () => {
        const { file, directory, metadata } = this.#get(handle);
        const stats = await lstat(file, { bigint: true });
        const facts: FileFacts = {
          ...metadata.info,
          directory,
          size: directory ? 0n : stats.size,
          numberOfLinks: directory ? 1 : Number(stats.nlink),
          fileId: stats.ino.toString(16),
        };
        return { facts };
      }),
    ReadDirectory: (root, folder) =>
      this.#answer({ names: [] as readonly string[] }, async () => {
        await this.#requireInside(root, folder);
        return { names: (await readdir(folder)).sort().reverse() };
      }),
    CreateHardLink: (root, file, existing) =>
      this.#answer({}, async () => {
        await this.#requireInside(root, file);
        await link(existing, file);
        return {};
      }),
    RemoveTree: (root, file) =>
      this.#answer({}, async () => {
        await this.#requireInside(root, file);
        const own = await exists(file);
        const name = path.relative(root, file);
        const inherited = (await Promise.all((this.#parents.get(root) ?? []).map((parent) => exists(path.join(parent, name))))).includes(
          true,
        );
        if (inherited) this.#gone.set(root, (this.#gone.get(root) ?? new Set()).add(name));
        if (!own && !inherited) throw Object.assign(new Error(), { code: "ENOENT" });
        await rm(file, { recursive: true, force: true });
        return {};
      }),
  };

  readonly layers: RawLayerCalls["layers"] & RawExportCalls["layers"] = {
    ProcessBaseImage: (folder) =>
      this.#answer({}, async () => {
        await writeFile(path.join(folder, "layout"), "vhd-with-hives\n");
        return {};
      }),
    ProcessUtilityImage: async () => ({ hresult: S_OK }),
    ImportLayer: (_info, id, from, layers) =>
      this.#answer({}, async () => {
        this.#parents.set(
          id,
          layers.map((layer: LayerDescriptor) => layer.path),
        );
        await this.#import(from, id, "Files");
        this.#metadata.set(await inode(path.join(from, "Hives")), fresh(true));
        await this.#copy(path.join(from, "Hives"), path.join(id, "Hives"));
        return {};
      }),
    ExportLayer: (_info, id, to) =>
      this.#answer({}, async () => {
        const linked = new Map<bigint, string>();
        await this.#export(id, to, "Files", linked);
        if (await exists(path.join(id, "Hives"))) await this.#copy(path.join(id, "Hives"), path.join(to, "Hives"));
        if (await exists(path.join(id, "UtilityVM/Files"))) {
          await mkdir(path.join(to, "UtilityVM"));
          await this.#copy(path.join(id, "UtilityVM/Files"), path.join(to, "UtilityVM/Files"));
        }
        const gone = [...(this.#gone.get(id) ?? [])].filter((name) => name.startsWith("Files/")).sort();
        const lines = gone.map((name) => `\r\n${name.slice("Files".length).replaceAll("/", "\\")}`);
        await writeFile(path.join(to, "tombstones.txt"), `\ufeffVersion 1.0${lines.join("")}`);
        return {};
      }),
  };

  /** Forgets all layers: the host's file system gives the numbers of removed files to new ones. */
  forget(): void {
    this.#metadata.clear();
    this.#gone.clear();
    this.#parents.clear();
  }

  async #openExisting(root: string, file: string, flags: string): Promise<{ file: BackupHandle }> {
    await this.#requireInside(root, file);
    const stats = await lstat(file, { bigint: true });
    const directory = stats.isDirectory();
    const metadata = this.#metadata.get(stats.ino) ?? fresh(directory);
    this.#metadata.set(stats.ino, metadata);
    return { file: this.#opened(file, directory, directory ? undefined : await open(file, flags), metadata) };
  }

  #opened(file: string, directory: boolean, handle: FileHandle | undefined, metadata: Metadata): BackupHandle {
    const key = this.#nextHandle++;
    const decoder = new BackupStreamDecoder();
    this.#open.set(key, { file, directory, handle, decoder, metadata, pieces: new Map(), position: 0, rest: undefined });
    this.maxOpen = Math.max(this.maxOpen, this.#open.size);
    return key as BackupHandle;
  }

  #get(handle: BackupHandle): OpenFile {
    const file = this.#open.get(handle as bigint);
    if (file === undefined) throw Object.assign(new Error(), { code: "EBADF" });
    return file;
  }

  async #write(file: OpenFile, chunk: Uint8Array): Promise<object> {
    for (const { type, header, ...event } of file.decoder.write(chunk)) {
      if (header.id === StreamId.SparseBlock && type === "start") {
        file.position = header.offset ?? 0;
        if (header.size === 0) await file.handle?.truncate(file.position);
      }
      const own = header.id === StreamId.Data || header.id === StreamId.SparseBlock;
      const key = header.id === StreamId.AlternateData ? header.name : String(header.id);
      if (type === "start" && !own) file.pieces.set(key, []);
      if (!("chunk" in event)) continue;
      if (own) {
        await file.handle?.write(event.chunk, 0, event.chunk.length, file.position);
        file.position += event.chunk.length;
      } else file.pieces.get(key)?.push(Buffer.from(event.chunk));
    }
    return {};
  }

  async #backupStream(file: string, { info, streams, named }: Metadata): Promise<Buffer> {
    const stats = await lstat(file);
    const data = stats.isFile() ? await readFile(file) : Buffer.alloc(0);
    const parts: Uint8Array[] = [];
    const add = (id: number) => {
      const stream = streams.get(id);
      if (stream !== undefined) parts.push(encodeStream({ id }, stream));
    };
    add(StreamId.Security);
    if ((info.attributes & SPARSE) !== 0 && stats.isFile()) {
      parts.push(encodeStreamHeader({ id: StreamId.Data, attributes: StreamAttribute.Sparse, size: 0 }));
      for (let at = 0; at < data.length; at += 65536) {
        const block = data.subarray(at, at + 65536);
        if (block.some((byte) => byte !== 0)) parts.push(encodeStream({ id: StreamId.SparseBlock, offset: at }, block));
      }
      parts.push(encodeStreamHeader({ id: StreamId.SparseBlock, offset: data.length, size: 0 }));
    } else if (data.length > 0) parts.push(encodeStream({ id: StreamId.Data }, data));
    for (const [name, stream] of named) parts.push(encodeStream({ id: StreamId.AlternateData, name }, stream));
    add(StreamId.EaData);
    add(StreamId.ReparseData);
    return Buffer.concat(parts);
  }

  async #import(from: string, to: string, name: string): Promise<void> {
    const source = path.join(from, name);
    const target = path.join(to, name);
    const stats = await lstat(source);
    const described = stats.isDirectory() ? `${source}${marker}` : source;
    const staged = await readFile(described);
    const times = this.#metadata.get(await inode(described))?.info ?? { attributes: 0, ...noTimes };
    const exclusive = stats.isDirectory() ? undefined : await open(target, "wx+");
    if (stats.isDirectory()) await mkdir(target, { recursive: true });
    const metadata: Metadata = { info: { ...times, attributes: staged.readUInt32LE(0) }, streams: new Map(), named: new Map() };
    this.#metadata.set(await inode(target), metadata);
    const key = this.#opened(target, stats.isDirectory(), exclusive, metadata);
    await this.#write(this.#get(key), staged.subarray(4));
    await this.win32.CloseBackupFile(key);
    if (!stats.isDirectory()) return;
    for (const child of await readdir(source)) if (!child.endsWith(marker)) await this.#import(from, to, `${name}/${child}`);
  }

  async #export(from: string, to: string, name: string, linked: Map<bigint, string>): Promise<void> {
    const source = path.join(from, name);
    const stats = await lstat(source, { bigint: true });
    const metadata = this.#metadata.get(stats.ino) ?? fresh(stats.isDirectory());
    const target = path.join(to, stats.isDirectory() ? `${name}${marker}` : name);
    const earlier = linked.get(stats.ino);
    if (stats.isDirectory()) {
      await mkdir(path.join(to, name));
      // The host gives the numbers of removed files to new ones.
      this.#metadata.set(await inode(path.join(to, name)), fresh(true));
    }
    if (earlier !== undefined) return link(earlier, target);
    if (!stats.isDirectory()) linked.set(stats.ino, target);
    const head = Buffer.alloc(4);
    head.writeUInt32LE(metadata.info.attributes >>> 0);
    await writeFile(target, Buffer.concat([head, await this.#backupStream(source, metadata)]), { flag: "wx" });
    this.#metadata.set(await inode(target), { info: { ...metadata.info, attributes: 0x20 }, streams: new Map(), named: new Map() });
    if (!stats.isDirectory()) return;
    for (const child of await readdir(source)) await this.#export(from, to, `${name}/${child}`, linked);
  }

  async #copy(from: string, to: string): Promise<void> {
    const stats = await lstat(from, { bigint: true });
    const metadata = this.#metadata.get(stats.ino);
    if (stats.isDirectory()) {
      await mkdir(to, { recursive: true });
      for (const child of await readdir(from)) if (!child.endsWith(marker)) await this.#copy(path.join(from, child), path.join(to, child));
    } else await writeFile(to, await readFile(from));
    this.#metadata.set(await inode(to), metadata ?? fresh(stats.isDirectory()));
  }

  /** Also refuses to go through links. */
  async #requireInside(root: string, file: string): Promise<void> {
    const denied = Object.assign(new Error(`${file} leaves ${root}`), { code: "EACCES" });
    const parts = path.relative(root, file).split(path.sep);
    if (parts[0] === "..") throw denied;
    let at = root;
    for (const part of parts.slice(0, -1)) {
      at = path.join(at, part);
      const stats = await lstat(at, { bigint: true }).catch(() => undefined);
      if (stats?.isSymbolicLink() === true || this.#metadata.get(stats?.ino ?? -1n)?.streams.has(StreamId.ReparseData) === true)
        throw denied;
    }
  }

  async #answer<T extends object>(empty: T, work: () => Promise<T>): Promise<T & { readonly hresult: HResult }> {
    const codes: Readonly<Record<string, number>> = {
      ENOENT: WIN32.FILE_NOT_FOUND,
      EEXIST: WIN32.FILE_EXISTS,
      EACCES: WIN32.ACCESS_DENIED,
      EBADF: WIN32.INVALID_HANDLE,
      ENOTDIR: WIN32.PATH_NOT_FOUND,
    };
    try {
      return { hresult: S_OK, ...(await work()) };
    } catch (error) {
      return { ...empty, ...failed(codes[String((error as NodeJS.ErrnoException).code)] ?? WIN32.GEN_FAILURE) };
    }
  }
}

function fresh(directory: boolean): Metadata {
  return { info: { attributes: directory ? 0x10 : 0x20, ...noTimes }, streams: new Map(), named: new Map() };
}

async function inode(file: string): Promise<bigint> {
  return (await lstat(file, { bigint: true })).ino;
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}
