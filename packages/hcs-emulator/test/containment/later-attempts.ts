import { existsSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "vitest";
import type { Attack, Attempt } from "./attempt.ts";
import { type HostileProgram, openFlags } from "./hostile-program.ts";

/** Puts a link to the host in the place of what the container has at a name. */
async function replaceByLink(program: HostileProgram, file: string, target: string): Promise<void> {
  const moved = await program.linux("rename", file, `${file}-before`);
  // Not every overlay moves a folder of the image: then nothing can be put in its place.
  if (moved === "EXDEV") return;
  expect([0, "ENOENT"]).toContain(moved);
  expect(await program.linux("symlink", target, file)).toBe(0);
}

/** The name on the disk, whose case Wine does not keep to. */
async function spelled(program: HostileProgram, folder: string, ...names: readonly string[]): Promise<string> {
  let at = folder;
  for (const name of names) {
    const found = ((await program.names(at)) as string[]).find((each) => each.toLowerCase() === name.toLowerCase());
    at = `${at}/${found ?? name}`;
  }
  return at;
}

const registry = async (program: HostileProgram): Promise<string> =>
  spelled(program, await program.systemDrive(), "windows", "system32", "config", "wine");

/** Where the container's agent takes what it is asked for, and answers. */
async function pipes(program: HostileProgram): Promise<string> {
  return `${path.posix.dirname(await program.prefix())}/pipes`;
}

/** Writes what only the agent may write; the container may end by it, and must, if it is to end. */
async function writeAnswers({ program }: Attack, ...pieces: readonly Uint8Array[]): Promise<void> {
  const pipe = await program.linux("open", `${await pipes(program)}/answers`, openFlags.write);
  expect(pipe).toBeTypeOf("number");
  try {
    for (const piece of pieces) await program.linux("write", Number(pipe), piece, piece.length);
  } catch (error) {
    expect(String(error)).toContain("the output ended");
  }
}

/** What a program leaves for the daemon to come upon later; each in a container of its own. */
export const laterAttempts: readonly Attempt[] = [
  [
    "links in the place of the registry's files are not written through, neither at the end nor at the next start",
    async ({ program, decoys, container }) => {
      const folder = await registry(program);
      const prefix = await program.prefix();
      await replaceByLink(program, await spelled(program, folder, "system.reg"), decoys.file);
      await replaceByLink(program, await spelled(program, folder, "user.reg"), `${decoys.bait}/new.reg`);
      await replaceByLink(program, `${prefix}/userdef.reg`, `${decoys.bait}/other.reg`);
      await container.restart({});
    },
  ],
  [
    "a link in the place of the registry's folder is not followed at the next start",
    async ({ program, decoys, container }) => {
      await replaceByLink(program, await registry(program), decoys.bait);
      await container.restart({});
    },
  ],
  [
    "a link in the place of C:\\Windows is not followed at the next start",
    async ({ program, decoys, container }) => {
      await replaceByLink(program, await spelled(program, await program.systemDrive(), "windows"), decoys.bait);
      await container.restart({});
    },
  ],
  [
    "links in the place of Wine's folders are not followed when they are removed",
    async ({ program, decoys, container }) => {
      const prefix = await program.prefix();
      await replaceByLink(program, `${prefix}/dosdevices`, decoys.bait);
      await program.linux("symlink", decoys.folder, `${prefix}/more`);
      await program.linux("symlink", decoys.bait, `/tmp/oriel-hostile-link`);
      await container.destroy();
    },
  ],
  [
    "the folder of another Wine's server that it names is not removed",
    async ({ program, account, container }) => {
      const other = await mkdtemp("/tmp/wine-");
      await chown(other, account.uid, account.uid);
      try {
        await writeFile(path.join(other, "whole.txt"), "");
        const note = `${await program.prefix()}/wineserver`;
        await program.linux("unlink", note);
        const file = await program.linux("open", note, openFlags.write | openFlags.create, 0o400);
        const name = path.basename(other);
        expect(await program.linux("write", Number(file), name, name.length)).toBe(name.length);
        await container.restart({});
        expect(await readdir(other)).toEqual(["whole.txt"]);
      } finally {
        await rm(other, { recursive: true, force: true });
      }
    },
  ],
  [
    "a link in the place of a mapped directory is not followed at the next start",
    async ({ program, decoys, container }) => {
      const drive = await program.systemDrive();
      for (const name of ["place", "other"]) await program.linux("symlink", decoys.bait, `${drive}/${name}`);
      await container.restart({
        MappedDirectories: [
          { HostPath: decoys.mapped, ContainerPath: "C:\\place\\below" },
          { HostPath: decoys.mapped, ContainerPath: "C:\\other" },
        ],
      });
    },
  ],
  [
    "links in C: are changes of the container, but not what they lead to",
    async ({ program, decoys, container, files }) => {
      const drive = await program.systemDrive();
      await program.linux("symlink", decoys.file, `${drive}/leak`);
      await program.linux("symlink", decoys.folder, `${drive}/leak-folder`);
      const file = await program.linux("open", `${drive}/change.txt`, openFlags.write | openFlags.create, 0o666);
      await program.linux("write", Number(file), "changed", 7);
      const exported = path.join(files.engine, "exported");
      await mkdir(exported, { mode: 0o777 });
      await chmod(exported, 0o777);
      expect(await container.exportChanges(exported)).toBe(0);
      const entries = await readdir(exported, { recursive: true, withFileTypes: true });
      const contents = await Promise.all(
        entries.filter((entry) => entry.isFile()).map((entry) => readFile(path.join(entry.parentPath, entry.name), "latin1")),
      );
      expect(contents.some((content) => content.includes("changed"))).toBe(true);
      expect(contents.filter((content) => content.includes(decoys.secret))).toEqual([]);
    },
  ],
  [
    "links are not followed when the container's files are removed, and neither closed nor deep folders nor names that are no text hinder that",
    async ({ program, decoys, container, files }) => {
      const drive = await program.systemDrive();
      for (const folder of [drive, "/tmp", await program.prefix()]) {
        await program.linux("symlink", decoys.bait, `${folder}/leak-folder`);
        await program.linux("chdir", folder);
        // 60,000 characters: no path is as long.
        const deep = "deep".repeat(50);
        for (let level = 0; level < 300; level += 1) {
          expect(await program.linux("mkdir", deep, 0o700)).toBe(0);
          await program.linux("chdir", deep);
        }
        await program.linux("mkdir", `${folder}/closed`, 0o700);
        await program.linux("mkdir", `${folder}/closed/within`, 0o700);
        await program.linux("chmod", `${folder}/closed`, 0o000);
        // A name that is no text, of a folder in which is one too.
        const name = Buffer.from(`${folder}/\xff\xfe`, "latin1");
        const within = Buffer.concat([name, Buffer.from("/\xfd\0", "latin1")]);
        expect(await program.linux("mkdir", Buffer.concat([name, Buffer.alloc(1)]), 0o700)).toBe(0);
        expect(await program.linux("open", within, openFlags.write | openFlags.create, 0o600)).toBeTypeOf("number");
      }
      expect(await container.destroy()).toBe(0);
      expect([existsSync(files.scratch), await readdir(path.join(files.engine, "hcs"))]).toEqual([false, []]);
    },
  ],
  [
    "what only the agent may write ends the container, and not the daemon",
    async (attack) => {
      await writeAnswers(attack, Buffer.alloc(64, 0x7f));
      await attack.container.exited(1);
      expect(await attack.container.restart({})).toBe(0);
    },
  ],
  [
    "an answer without an end ends the container, and does not fill the daemon's memory",
    async (attack) => {
      const head = Buffer.alloc(16);
      head.writeUInt32LE(0xfffffff0, 0);
      await writeAnswers(attack, head, Buffer.alloc(65_536));
      await attack.container.exited(1);
      expect(await attack.container.restart({})).toBe(0);
    },
  ],
];

/** Those that take the seconds that an agent has to end everything. */
export const slowAttempts: readonly Attempt[] = [
  [
    "programs that are frozen, the agent and Wine's server too, do not hinder the container's end",
    async ({ program, container }) => {
      const stop = 19;
      const frozen: string[] = [];
      for (const pid of ((await program.names("/proc")) as string[]).filter((name) => /^\d+$/.test(name))) {
        const name = String(await program.content(`/proc/${pid}/comm`)).trim();
        if (/^(agent\.exe|wineserver)/.test(name) && (await program.linux("kill", Number(pid), stop)) === 0) frozen.push(name);
      }
      expect(frozen.length).toBeGreaterThan(1);
      expect(await container.destroy()).toBe(0);
    },
  ],
];
