import { constants, openSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import type * as Koffi from "koffi";

const require = createRequire(import.meta.url);

/** System calls that no libc of Debian 12 has functions for; the numbers are those of every architecture (unistd.h). */
const calls = { openTree: 428, moveMount: 429, mountSetattr: 442 } as const;

/** linux/mount.h and linux/fcntl.h. */
const flags = { cwd: -100, emptyPath: 0x1000, clone: 1, closeOnExec: 0o2000000, fromDescriptor: 4, idmap: 0x0010_0000n } as const;

interface Natives {
  openTree(folder: string): number;
  setNames(tree: number, attributes: Buffer): number;
  move(tree: number, target: string): number;
  close(descriptor: number): void;
  failure(): string;
}

let natives: Natives | undefined;

/**
 * A descriptor of a mount of `folder` that is nowhere yet, in which the numbers of users are those of the user name space
 * behind the descriptor `names` (mount_setattr(2)). `closeTree` closes it, and the mount with it. Root, Linux 5.12; synchronous.
 * @throws Error with `code` EINVAL where the file system cannot do that
 */
export function openMappedTree(folder: string, names: number): number {
  natives ??= load();
  const tree = natives.openTree(folder);
  if (tree < 0) throw failed(natives.failure(), `${folder} could not be opened as a mount`);
  const attributes = Buffer.alloc(32);
  attributes.writeBigUInt64LE(flags.idmap, 0);
  attributes.writeBigUInt64LE(BigInt(names), 24);
  if (natives.setNames(tree, attributes) === 0) return tree;
  const code = natives.failure();
  natives.close(tree);
  throw failed(code, `the files of ${folder} could not be shown as another user's`);
}

/** Puts a mount that is nowhere yet over the folder `target`. Synchronous. @throws Error with `code` */
export function placeTree(tree: number, target: string): void {
  natives ??= load();
  if (natives.move(tree, target) !== 0) throw failed(natives.failure(), `nothing could be mounted at ${target}`);
}

/** Node.js closes only what it has opened itself. */
export function closeTree(tree: number): void {
  natives?.close(tree);
}

/** Whether the file system of `folder` can show its files as another user's, found out by doing so. Synchronous. */
export function allowsMappedTrees(folder: string, names: number): boolean {
  try {
    closeTree(openMappedTree(folder, names));
    return true;
  } catch {
    return false;
  }
}

function failed(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}

function load(): Natives {
  const koffi = require("koffi") as typeof Koffi;
  // The process itself: libc is linked into it, whatever its file is called.
  const libc = koffi.load(null);
  const declare = (rest: string) => libc.func(`int64_t syscall(int64_t number, ${rest})`) as unknown as (...values: unknown[]) => number;
  const openTree = declare("int64_t at, const char *path, int64_t flags");
  const setAttributes = declare("int64_t tree, const char *path, int64_t flags, const void *attributes, int64_t size");
  const moveMount = declare("int64_t tree, const char *from, int64_t at, const char *to, int64_t flags");
  const close = libc.func("int close(int descriptor)") as unknown as (descriptor: number) => number;
  const names = new Map(Object.entries(os.constants.errno).map(([name, number]) => [number as number, name]));
  return {
    openTree: (folder) => Number(openTree(calls.openTree, flags.cwd, folder, flags.clone | flags.closeOnExec)),
    setNames: (tree, attributes) => Number(setAttributes(calls.mountSetattr, tree, "", flags.emptyPath, attributes, attributes.length)),
    move: (tree, target) => Number(moveMount(calls.moveMount, tree, "", flags.cwd, target, flags.fromDescriptor)),
    close: (descriptor) => void close(descriptor),
    failure: () => names.get(koffi.errno()) ?? "EIO",
  };
}

/** Opens a folder to name it, not to read it. */
export function openToName(folder: string): number {
  // O_PATH (asm-generic/fcntl.h).
  return openSync(folder, constants.O_DIRECTORY | 0o10000000);
}
