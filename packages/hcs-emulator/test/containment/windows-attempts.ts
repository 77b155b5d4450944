import path from "node:path";
import { expect } from "vitest";
import type { Attempt } from "./attempt.ts";
import type { Argument, HostileProgram } from "./hostile-program.ts";

const invalidHandle = 0xffffffffffffffffn;
const genericRead = 0x80000000;
const openExisting = 3;
const unixPath = (file: string): string => `\\\\?\\unix${file.replaceAll("/", "\\")}`;

/** Opens for reading; false when it is not there. */
async function opens(program: HostileProgram, name: string): Promise<boolean> {
  const { value } = await program.windows("kernel32!CreateFileW", name, genericRead, 7, 0, openExisting, 0x02000000, 0);
  return BigInt.asUintN(64, value) !== invalidHandle;
}

/** A BOOL. */
async function succeeds(program: HostileProgram, name: `${string}!${string}`, ...values: readonly Argument[]): Promise<boolean> {
  return BigInt.asUintN(32, (await program.windows(name, ...values)).value) !== 0n;
}

/** UNICODE_STRING. */
async function unicodeString(program: HostileProgram, text: string): Promise<number> {
  const characters = Buffer.from(text, "utf16le");
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16LE(characters.length, 0);
  bytes.writeUInt16LE(characters.length, 2);
  bytes.writeBigUInt64LE(BigInt(await program.place(characters)), 8);
  return program.place(bytes);
}

/** NtOpenFile of a name in the kernel's own name space: the status. */
async function openNative(program: HostileProgram, name: string): Promise<bigint> {
  const attributes = Buffer.alloc(48);
  attributes.writeUInt32LE(48, 0);
  attributes.writeBigUInt64LE(BigInt(await unicodeString(program, name)), 16);
  attributes.writeUInt32LE(0x40, 24);
  const [handle, status] = [program.reserve(8), program.reserve(16)];
  return BigInt.asUintN(32, (await program.windows("ntdll!NtOpenFile", handle, 0x80100000, attributes, status, 7, 0x20)).value);
}

/** STATUS_SUCCESS is 0, errors have the two highest bits. */
const isError = (status: bigint): boolean => status >= 0xc0000000n;

export const windowsAttempts: readonly Attempt[] = [
  [
    "a file of the account by \\\\?\\unix is not there",
    async ({ program, decoys }) => expect(await opens(program, unixPath(decoys.file))).toBe(false),
  ],
  ["\\\\?\\unix\\etc\\shadow is not there", async ({ program }) => expect(await opens(program, "\\\\?\\unix\\etc\\shadow")).toBe(false)],
  [
    "the daemon's folder by \\\\?\\unix is not there",
    async ({ program, files }) => expect(await opens(program, unixPath(files.engine))).toBe(false),
  ],
  [
    "the same by the names of the kernel's own name space is not there",
    async ({ program, decoys }) => {
      const file = decoys.file.replaceAll("/", "\\");
      for (const prefix of ["\\??\\unix", "\\DosDevices\\unix", "\\GLOBAL??\\unix", "\\??\\GLOBALROOT\\??\\unix"]) {
        expect(isError(await openNative(program, `${prefix}${file}`))).toBe(true);
      }
    },
  ],
  [
    "the same by \\\\.\\unix and \\\\?\\GLOBALROOT is not there",
    async ({ program, decoys }) => {
      const file = decoys.file.replaceAll("/", "\\");
      for (const prefix of ["\\\\.\\unix", "\\\\?\\GLOBALROOT\\??\\unix", "\\\\.\\GLOBALROOT\\??\\unix"])
        expect(await opens(program, `${prefix}${file}`)).toBe(false);
    },
  ],
  [
    "drives other than the container's are not there",
    async ({ program }) => {
      const [c, d] = [1n << 2n, 1n << 3n];
      expect((await program.windows("kernel32!GetLogicalDrives")).value & ~(c | d)).toBe(0n);
      for (const drive of ["Z:\\", "A:\\", "\\\\.\\Z:", "\\\\?\\Z:\\"]) expect(await opens(program, drive)).toBe(false);
    },
  ],
  [
    "a drive of its own making leads nowhere",
    async ({ program, decoys }) => {
      const target = `\\??\\unix${path.dirname(decoys.file).replaceAll("/", "\\")}`;
      const rawTargetPath = 1;
      await program.windows("kernel32!DefineDosDeviceW", rawTargetPath, "Q:", target);
      await program.windows("kernel32!DefineDosDeviceW", 0, "R:", unixPath(path.dirname(decoys.file)));
      for (const drive of ["Q:", "R:"]) expect(await opens(program, `${drive}\\${path.basename(decoys.file)}`)).toBe(false);
    },
  ],
  [
    "a drive that is linked into Wine's prefix leads nowhere",
    async ({ program, decoys }) => {
      await program.linux("symlink", path.dirname(decoys.file), `${await program.prefix()}/dosdevices/s:`);
      expect(await opens(program, `S:\\${path.basename(decoys.file)}`)).toBe(false);
    },
  ],
  [
    "a link in C: leads nowhere",
    async ({ program, decoys }) => {
      await program.linux("symlink", path.dirname(decoys.file), `${await program.systemDrive()}/windows-link`);
      await program.windows("kernel32!CreateSymbolicLinkW", "C:\\other-link", unixPath(decoys.file), 0);
      expect(await opens(program, `C:\\windows-link\\${path.basename(decoys.file)}`)).toBe(false);
      expect(await opens(program, "C:\\other-link")).toBe(false);
    },
  ],
  [
    "a file of the account can be neither copied, moved nor hard-linked into C:",
    async ({ program, decoys }) => {
      const file = unixPath(decoys.file);
      expect(await succeeds(program, "kernel32!CreateHardLinkW", "C:\\hard", file, 0)).toBe(false);
      expect(await succeeds(program, "kernel32!CopyFileW", file, "C:\\copied", 0)).toBe(false);
      // Moved by its own name only: where it can be, the file stays what it is.
      expect(await succeeds(program, "kernel32!MoveFileW", file, file)).toBe(false);
    },
  ],
  [
    "what lies above a mapped directory is not there",
    async ({ program, decoys }) => {
      const name = path.basename(decoys.file);
      for (const up of ["..", "..\\..", "..\\..\\.."]) {
        for (const folder of ["C:\\mapped", "\\\\?\\C:\\mapped", "C:\\writable\\inner", "D:", "\\\\?\\D:\\deep", "\\\\.\\D:"]) {
          expect(await opens(program, `${folder}\\${up}\\${name}`)).toBe(false);
        }
      }
    },
  ],
  [
    "a directory that is mapped read-only cannot be written",
    async ({ program }) => {
      const write = (name: string) => program.windows("kernel32!CreateFileW", name, 0x40000000, 7, 0, 4, 0, 0);
      for (const name of ["C:\\mapped\\inside.txt", "C:\\mapped\\new.txt"])
        expect(BigInt.asUintN(64, (await write(name)).value)).toBe(invalidHandle);
      // Wine says that it has, whatever became of it.
      await program.windows("kernel32!DeleteFileW", "C:\\mapped\\inside.txt");
      expect(await opens(program, "C:\\mapped\\inside.txt")).toBe(true);
      expect(await succeeds(program, "kernel32!SetFileAttributesW", "C:\\mapped\\inside.txt", 1)).toBe(false);
    },
  ],
  [
    "a device of the account, or of the host, cannot be made unwritable",
    async ({ program, decoys, account }) => {
      const [readOnly, normal] = [1, 0x80];
      if (decoys.device !== undefined)
        expect(await succeeds(program, "kernel32!SetFileAttributesW", unixPath(decoys.device), readOnly)).toBe(false);
      expect(await succeeds(program, "kernel32!SetFileAttributesW", unixPath(decoys.file), readOnly)).toBe(false);
      // As it is already, where it is allowed.
      const changed = await succeeds(program, "kernel32!SetFileAttributesW", "\\\\?\\unix\\dev\\null", normal);
      expect(changed && !account.isHostRoot).toBe(false);
    },
  ],
  [
    "the machine's disks and serial ports are not there",
    async ({ program }) => {
      for (const name of [
        "PhysicalDrive0",
        "PhysicalDrive1",
        "CdRom0",
        "COM1",
        "LPT1",
        "HarddiskVolume1",
        "unix\\dev\\vda",
        "unix\\dev\\sda",
      ]) {
        expect(await opens(program, `\\\\.\\${name}`)).toBe(false);
      }
    },
  ],
  [
    "a program of the host cannot be started",
    async ({ program }) => {
      for (const file of ["/bin/sh", "/bin/true", "/usr/bin/env"]) {
        const start = Buffer.alloc(104);
        start.writeUInt32LE(104, 0);
        expect(await succeeds(program, "kernel32!CreateProcessW", unixPath(file), "true", 0, 0, 0, 0, 0, 0, start, Buffer.alloc(24))).toBe(
          false,
        );
      }
    },
  ],
  [
    "a driver is refused",
    async ({ program }) => {
      const name = await unicodeString(program, "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\oriel-hostile");
      expect(isError(BigInt.asUintN(32, (await program.windows("ntdll!NtLoadDriver", name)).value))).toBe(true);
    },
  ],
  [
    "processes of the host cannot be opened, whatever privilege is taken",
    async ({ program, decoys }) => {
      const [debug, allAccess] = [20, 0x1fffff];
      await program.windows("ntdll!RtlAdjustPrivilege", debug, 1, 0, program.reserve(8));
      for (const pid of [decoys.process.pid, process.pid, 1]) {
        expect((await program.windows("kernel32!OpenProcess", allAccess, 0, pid)).value).toBe(0n);
      }
    },
  ],
  [
    "the time of the machine cannot be set",
    async ({ program }) => {
      const now = program.reserve(16);
      await program.windows("kernel32!GetSystemTime", now);
      const later = await program.peek(now, 16);
      // An hour: Wine accepts what it need not change.
      later.writeUInt16LE((later.readUInt16LE(8) + 1) % 24, 8);
      const before = Date.now();
      await program.windows("kernel32!SetSystemTime", later);
      expect(Math.abs(Date.now() - before)).toBeLessThan(60_000);
    },
  ],
];
