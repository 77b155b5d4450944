import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { constants, openSync } from "node:fs";
import { firstLine } from "../linux/linux-tools.ts";
import { idmapImage } from "./native-programs.ts";

/**
 * Above all that systemd gives to containers (524288 to 1879048191) and SSSD to accounts of Windows domains (to 2000200000), and
 * below the users of Linux containers.
 */
const firstUser = 2_001_000_000;
const users = 9_000_000;

/**
 * Number of the user and group that the programs of a container run as, where the daemon runs as root: the same for a scratch
 * each time, and most likely another's than that of any other scratch. So one container's processes count for no other's limit.
 */
export function containerUserOf(scratch: string): number {
  return firstUser + (createHash("sha256").update(scratch).digest().readUInt32LE(0) % users);
}

/** Milliseconds for the kernel to make a user name space. */
const deadline = 10_000;

/**
 * A descriptor of a user name space in which root and `user` have each other's number: a mount with it shows root's files as
 * the user's, and what the user makes there is root's on the disk. The caller closes it. Root only.
 * @throws Error that says why there is none
 */
export async function openSwappedNames(user: number): Promise<number> {
  const holder = spawn(idmapImage, ["names", "0", String(user)], { cwd: "/", stdio: ["pipe", "pipe", "pipe"], timeout: deadline });
  const ended = once(holder, "close");
  let said = "";
  let failed = "";
  holder.stdin.on("error", () => undefined);
  holder.stderr.on("data", (chunk: Buffer) => {
    failed += chunk.toString();
  });
  const ready = new Promise<boolean>((resolve) => {
    holder.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.endsWith("\n")) resolve(true);
    });
    ended.then(
      () => resolve(false),
      (error) => {
        failed = firstLine(error);
        resolve(false);
      },
    );
  });
  try {
    if (!(await ready)) throw new Error(failed.trim() || "the user name space came to no end");
    return openSync(`/proc/${said.trim()}/ns/user`, constants.O_RDONLY);
  } finally {
    holder.stdin.end();
    await ended.catch(() => undefined);
  }
}
