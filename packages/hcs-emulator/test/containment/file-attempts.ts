import { readFileSync } from "node:fs";
import { lstat, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect } from "vitest";
import { type Attack, type Attempt, expectAbsent, expectForbidden, expectRefused } from "./attempt.ts";
import { openFlags } from "./hostile-program.ts";

/** A name that no other attempt of the container has taken, in its C:. */
let taken = 0;
async function newName({ program }: Attack): Promise<{ readonly inside: string; readonly name: string }> {
  taken += 1;
  const name = `attempt-${taken}`;
  return { inside: path.posix.join(await program.systemDrive(), name), name };
}

/** Opens for reading, and closes again. */
const reading =
  (file: string) =>
  async ({ program }: Attack) =>
    program.linux("open", file, openFlags.read);

/** Mode bits by which a program runs with another's rights. */
const setIdBits = 0o6000;

export const fileAttempts: readonly Attempt[] = [
  ["a file of the account, by its Linux path, is absent", async ({ program, decoys }) => expectAbsent(await program.content(decoys.file))],
  ["/etc/shadow is absent", async (attack) => expectAbsent(await reading("/etc/shadow")(attack))],
  [
    "/etc/passwd names no account of the host but the container's",
    async ({ program }) => {
      const host = readFileSync("/etc/passwd", "utf8")
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("root:"));
      const found = String(await program.content("/etc/passwd"));
      expect(host.filter((line) => found.includes(line))).toEqual([]);
    },
  ],
  [
    "home folders are absent",
    async ({ program }) => {
      for (const home of ["/root", "/home", os.homedir()]) expectAbsent(await program.linux("open", home, openFlags.directory));
    },
  ],
  ["the daemon's folder is absent", async ({ program, files }) => expectAbsent(await program.names(files.engine))],
  ["the files of other containers are absent", async ({ program, files }) => expectAbsent(await program.names(path.dirname(files.engine)))],
  [
    "what lies above its working folder is absent",
    async ({ program, decoys }) => {
      for (const up of [1, 2, 4, 8, 16]) expectAbsent(await program.linux("open", `${"../".repeat(up)}..${decoys.file}`, openFlags.read));
    },
  ],
  [
    "what lies above any of its open files is absent",
    async ({ program, decoys }) => {
      const found: unknown[] = [];
      for (let descriptor = 0; descriptor < 256; descriptor += 1) {
        found.push(await program.linux("openat", descriptor, `${"../".repeat(16)}..${decoys.file}`, openFlags.read));
      }
      expect(found.filter((result) => !["EBADF", "ENOTDIR", "ENOENT"].includes(String(result)))).toEqual([]);
    },
  ],
  [
    "what lies behind the roots of processes is absent",
    async ({ program, decoys }) => {
      for (const pid of ["self", 1, process.pid, decoys.process.pid]) {
        expectRefused(await program.linux("open", `/proc/${pid}/root${decoys.file}`, openFlags.read));
        expectRefused(await program.linux("open", `/proc/${pid}/cwd/../../../../../..${decoys.file}`, openFlags.read));
      }
    },
  ],
  [
    "programs of the host are absent",
    async ({ program }) => {
      const all = ["/bin/sh", "/usr/bin/python3", "/usr/bin/env", "/usr/bin/su", "/usr/bin/mount", process.execPath];
      for (const file of all) expectAbsent(await program.linux("open", file, openFlags.path));
      for (const file of all) expectAbsent(await program.linux("execve", file, 0, 0));
    },
  ],
  [
    "the programs and libraries that it runs on cannot be written",
    async ({ program }) => {
      const mapped = String(await program.content("/proc/self/maps")).match(/\/\S*(\.so[.\d]*|wine\w*|agent\.exe)$/gm) ?? [];
      const links = [await program.linkTarget("/proc/1/exe"), await program.linkTarget("/proc/self/exe")];
      const all = [...new Set([...mapped, ...links.filter((link) => link !== undefined), "/proc/1/exe", "/proc/self/exe"])];
      expect(all.length).toBeGreaterThan(3);
      for (const file of all) {
        const refused = await program.linux("open", file, openFlags.write);
        // Of what runs the kernel says this before it looks at the mount, which is read-only.
        if (refused !== "ETXTBSY") expectRefused(refused);
      }
    },
  ],
  [
    "a link to a file of the account leads nowhere",
    async (attack) => {
      const { inside } = await newName(attack);
      expect(await attack.program.linux("symlink", attack.decoys.file, inside)).toBe(0);
      expectAbsent(await attack.program.content(inside));
    },
  ],
  [
    "a hard link to a file of the account is refused",
    async (attack) => {
      const { inside } = await newName(attack);
      expectAbsent(await attack.program.linux("link", attack.decoys.file, inside));
    },
  ],
  [
    "a directory that is mapped read-only cannot be written",
    async ({ program }) => {
      const mapped = `${await program.systemDrive()}/mapped`;
      expect(String(await program.content(`${mapped}/inside.txt`))).toBe("inside");
      expect(await program.linux("open", `${mapped}/inside.txt`, openFlags.write)).toBe("EROFS");
      expect(await program.linux("open", `${mapped}/new.txt`, openFlags.write | openFlags.create, 0o666)).toBe("EROFS");
      expect(await program.linux("chmod", `${mapped}/inside.txt`, 0o777)).toBe("EROFS");
      expect(await program.linux("unlink", `${mapped}/inside.txt`)).toBe("EROFS");
      expect(await program.linux("rename", `${mapped}/inside.txt`, `${mapped}/outside.txt`)).toBe("EROFS");
    },
  ],
  [
    "a directory that is mapped read-only cannot be mounted again for writing, nor unmounted",
    async ({ program }) => {
      const mapped = `${await program.systemDrive()}/mapped`;
      const remountBind = 32 | 4096;
      const writable = await program.linux("mount", "none", mapped, 0, remountBind, 0);
      const unmounted = await program.linux("umount2", mapped, 0);
      expectForbidden(writable);
      expectForbidden(unmounted);
    },
  ],
  [
    "what lies above a mapped directory is absent",
    async ({ program, decoys }) => {
      const drive = await program.systemDrive();
      for (const folder of ["mapped", "writable", "writable/inner"]) {
        for (const up of ["..", "../..", "../../.."])
          expectAbsent(await program.content(`${drive}/${folder}/${up}/${path.basename(decoys.file)}`));
        expectAbsent(await program.content(`${drive}/${folder}/${"../".repeat(16)}${decoys.file.slice(1)}`));
      }
    },
  ],
  [
    "a folder that is moved out of a mapped directory leads nowhere above it",
    async ({ program, decoys }) => {
      const drive = await program.systemDrive();
      // By a mount of its own, so that the other is a way out of it.
      expect(await program.linux("chdir", `${await program.drive("d")}/deep`)).toBe(0);
      expect(await program.linux("rename", `${drive}/writable/inner/deep`, `${drive}/writable/moved`)).toBe(0);
      for (const up of [1, 2, 3, 4, 16]) expectAbsent(await program.content(`${"../".repeat(up)}${path.basename(decoys.file)}`));
      expectAbsent(await program.content(`${"../".repeat(16)}${decoys.file.slice(1)}`));
      await program.linux("chdir", drive);
    },
  ],
  [
    "a program that runs with the rights of its owner can be made neither in C: nor in a mapped directory",
    async (attack) => {
      const { program, files, decoys } = attack;
      const { name } = await newName(attack);
      const drive = await program.systemDrive();
      for (const inside of [`${drive}/${name}`, `${drive}/writable/${name}`]) {
        const descriptor = await program.linux("open", inside, openFlags.write | openFlags.create, 0o755);
        expect(descriptor).toBeTypeOf("number");
        for (const mode of [0o4755, 0o2755]) {
          await program.linux("chmod", inside, mode);
          await program.linux("fchmod", Number(descriptor), mode);
          await program.linux("open", `${inside}-opened-${mode}`, openFlags.write | openFlags.create, mode);
          await program.linux("mknod", `${inside}-node-${mode}`, 0o100000 | mode, 0);
        }
      }
      const found = [...(await filesNamed(files.scratch, name)), ...(await filesNamed(decoys.writable, name))];
      expect(found.length).toBeGreaterThan(1);
      for (const file of found) expect({ file, bits: (await lstat(file)).mode & setIdBits }).toEqual({ file, bits: 0 });
      for (const file of await filesNamed(decoys.writable, name)) await rm(file);
    },
  ],
  [
    "capabilities for a file of C: are refused",
    async (attack) => {
      const { inside } = await newName(attack);
      const { program } = attack;
      await program.linux("open", inside, openFlags.write | openFlags.create, 0o755);
      // VFS_CAP_REVISION_2 and CAP_SYS_ADMIN, effective.
      const capabilities = Buffer.from("0100000200002000000000000000000000000000", "hex");
      expectForbidden(await program.linux("setxattr", inside, "security.capability", capabilities, capabilities.length, 0));
    },
  ],
  [
    "the owner of a file of C: cannot be changed",
    async (attack) => {
      const { inside } = await newName(attack);
      await attack.program.linux("open", inside, openFlags.write | openFlags.create, 0o755);
      const refused = await attack.program.linux("chown", inside, 4242, 4242);
      expect(["EPERM", "EINVAL"]).toContain(refused);
    },
  ],
  [
    "a file by its number instead of its name is refused",
    async ({ program }) => {
      const folder = await program.linux("open", ".", openFlags.directory);
      // struct file_handle: of the root folder of a file system.
      const handle = Buffer.alloc(16);
      handle.writeUInt32LE(8, 0);
      handle.writeInt32LE(1, 4);
      handle.writeUInt32LE(2, 8);
      expectForbidden(await program.linux("open_by_handle_at", folder, handle, openFlags.read));
    },
  ],
  [
    "what it writes into /tmp and /dev/shm is not in the host's",
    async ({ program }) => {
      for (const folder of ["/tmp", "/dev/shm"]) {
        const file = `${folder}/oriel-hostile-${process.pid}`;
        await program.linux("open", file, openFlags.write | openFlags.create, 0o666);
        const found = (await readdir(folder)).filter((name) => name === path.basename(file));
        await rm(file, { force: true });
        expect(found).toEqual([]);
      }
    },
  ],
  [
    "files in memory, which no process is ended for, have a limit",
    async ({ program }) => {
      const [most, mounts] = [
        1024 ** 2,
        String(await program.content("/proc/self/mountinfo"))
          .trim()
          .split("\n"),
      ];
      // Its mount point, its options, and those of the file system (proc_pid_mountinfo(5)).
      const inMemory = mounts.filter((line) => / - (tmpfs|ramfs|devtmpfs) /.test(line)).map((line) => line.split(" "));
      expect(inMemory.length).toBeGreaterThan(0);
      const unlimited = inMemory.filter((fields) => {
        // A device of the host, not a folder.
        if (fields[3] !== "/") return false;
        const isReadOnly = fields[5]?.split(",").includes("ro") === true;
        const size = Number(/(?:^|,)size=(\d+)k/.exec(fields.at(-1) ?? "")?.[1] ?? Number.POSITIVE_INFINITY);
        return !isReadOnly && size > most;
      });
      expect(unlimited.map((fields) => fields[4])).toEqual([]);
    },
  ],
];

/** Files whose names begin so below a folder, that of the container's root as well as where its changes are kept. */
async function filesNamed(folder: string, name: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.name.startsWith(name)).map((entry) => path.join(entry.parentPath, entry.name));
}
