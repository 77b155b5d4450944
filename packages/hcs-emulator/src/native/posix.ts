import { createRequire } from "node:module";
import os from "node:os";
import type * as Koffi from "koffi";

/**
 * What Node.js has no functions for: extended attributes, times to the nanosecond, holes in files, and whiteouts of
 * overlay mounts. All calls are synchronous: they belong on a thread of their own.
 */
export interface Posix {
  /** undefined where the file has none of that name, or the file system keeps none. */
  getAttribute(file: string, name: string): Buffer | undefined;
  /** Returns the name of the error (`ENOTSUP`, `ENOSPC`, …); undefined when it was set. Never follows a link. */
  setAttribute(file: string, name: string, value: Uint8Array): string | undefined;
  removeAttribute(file: string, name: string): void;
  /** Nanoseconds since 1970. Never follows a link. Answers the name of the error. */
  setTimes(file: string, access: bigint, write: bigint): string | undefined;
  /** Where the next data, or the next hole, at or after `offset` begins; undefined behind the end or where nobody can tell. */
  seek(descriptor: number, offset: number, what: "data" | "hole"): number | undefined;
  /** Makes the character device 0:0 that hides a name in an overlay mount. @throws Error with the errno's name as `code` */
  makeWhiteout(file: string): void;
  /** Makes an overlay mount at `target`. Answers the name of the error. Linux only. */
  mountOverlay(target: string, options: string): string | undefined;
  /** `lazily`: gone from sight now, from the kernel when nobody looks into it any more. Answers the name of the error. Linux only. */
  unmount(target: string, lazily: boolean): string | undefined;
}

const require = createRequire(import.meta.url);
let loaded: Posix | undefined;

/** @throws Error on hosts that are neither Linux nor macOS */
export function posix(): Posix {
  loaded ??= load();
  return loaded;
}

type Call = (...values: readonly unknown[]) => number;

const kinds = {
  linux: { at: -100, noFollow: 0x100, data: 3, hole: 4 },
  darwin: { at: -2, noFollow: 0x20, data: 4, hole: 3 },
} as const;

/** MNT_DETACH and UMOUNT_NOFOLLOW (sys/mount.h). */
const unmountDetach = 2;
const unmountNoFollow = 8;

/** XATTR_NOFOLLOW (sys/xattr.h of macOS). */
const xattrNoFollow = 1;
/** Longest value that is read; Linux allows 64 KiB. */
const attributeSize = 65_536;
/** Tried first: the kernel clears as much memory as it is told to have room for. */
const usualSize = 4096;

function load(): Posix {
  const platform = process.platform;
  if (platform !== "linux" && platform !== "darwin") throw new Error(`the emulated service keeps no files on ${platform}`);
  const koffi = require("koffi") as typeof Koffi;
  // The process itself: libc is linked into it, whatever its file is called.
  const libc = koffi.load(null);
  const declare = (prototype: string): Call => libc.func(prototype) as unknown as Call;
  const { at, noFollow, data, hole } = kinds[platform];
  const failure = (): string => names.get(koffi.errno()) ?? "EIO";
  const xattr = platform === "linux" ? linuxAttributes(declare) : macAttributes(declare);
  const utimensat = declare("int utimensat(int at, const char *file, const void *times, int flags)");
  const lseek = declare("int64_t lseek(int fd, int64_t offset, int whence)");
  const value = Buffer.alloc(attributeSize);
  const usual = value.subarray(0, usualSize);
  const times = Buffer.alloc(32);

  return {
    getAttribute: (file, name) => {
      let size = xattr.get(file, name, usual);
      if (size < 0 && failure() === "ERANGE") size = xattr.get(file, name, value);
      return size < 0 ? undefined : Buffer.from(value.subarray(0, size));
    },
    setAttribute: (file, name, bytes) => (xattr.set(file, name, bytes) === 0 ? undefined : failure()),
    removeAttribute: (file, name) => void xattr.remove(file, name),
    setTimes: (file, access, write) => {
      writeTime(times, 0, access);
      writeTime(times, 16, write);
      return utimensat(at, file, times, noFollow) === 0 ? undefined : failure();
    },
    seek: (descriptor, offset, what) => {
      const found = Number(lseek(descriptor, offset, what === "data" ? data : hole));
      return found < 0 ? undefined : found;
    },
    makeWhiteout: (file) => {
      const mknod = declare("int mknod(const char *file, uint32_t mode, uint64_t device)");
      if (mknod(file, 0o020000, 0) !== 0) {
        const code = failure();
        throw Object.assign(new Error(`${code}: a whiteout could not be made at ${file}`), { code });
      }
    },
    mountOverlay: (target, options) => {
      const mount = declare("int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)");
      return mount("overlay", target, "overlay", 0, options) === 0 ? undefined : failure();
    },
    unmount: (target, lazily) => {
      const umount = declare("int umount2(const char *target, int flags)");
      return umount(target, lazily ? unmountNoFollow | unmountDetach : unmountNoFollow) === 0 ? undefined : failure();
    },
  };
}

const names = new Map(Object.entries(os.constants.errno).map(([name, number]) => [number as number, name]));

interface AttributeCalls {
  get(file: string, name: string, value: Buffer): number;
  set(file: string, name: string, value: Uint8Array): number;
  remove(file: string, name: string): number;
}

function linuxAttributes(declare: (prototype: string) => Call): AttributeCalls {
  const get = declare("int64_t lgetxattr(const char *file, const char *name, void *value, size_t size)");
  const set = declare("int lsetxattr(const char *file, const char *name, const void *value, size_t size, int flags)");
  const remove = declare("int lremovexattr(const char *file, const char *name)");
  return {
    get: (file, name, value) => Number(get(file, name, value, value.length)),
    set: (file, name, value) => set(file, name, value, value.length, 0),
    remove,
  };
}

function macAttributes(declare: (prototype: string) => Call): AttributeCalls {
  const get = declare("int64_t getxattr(const char *file, const char *name, void *value, size_t size, uint32_t at, int flags)");
  const set = declare("int setxattr(const char *file, const char *name, const void *value, size_t size, uint32_t at, int flags)");
  const remove = declare("int removexattr(const char *file, const char *name, int flags)");
  return {
    get: (file, name, value) => Number(get(file, name, value, value.length, 0, xattrNoFollow)),
    set: (file, name, value) => set(file, name, value, value.length, 0, xattrNoFollow),
    remove: (file, name) => remove(file, name, xattrNoFollow),
  };
}

const billion = 1_000_000_000n;

/** struct timespec with whole seconds downward, so that the rest is never negative. */
function writeTime(into: Buffer, at: number, time: bigint): void {
  const rest = ((time % billion) + billion) % billion;
  into.writeBigInt64LE((time - rest) / billion, at);
  into.writeBigInt64LE(rest, at + 8);
}
