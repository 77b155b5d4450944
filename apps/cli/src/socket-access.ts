import { readFileSync, statSync } from "node:fs";
import { causesOf } from "@oriel/contracts";

/** What an account needs to know of a socket that it may not open. */
export interface SocketOwner {
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  /** Of the group, where this machine knows it. */
  readonly group: string | undefined;
}

/** The socket that the system refused to open, if that is what `error` comes from; its owner is unknown within a closed folder. */
export function deniedSocket(error: unknown): SocketOwner | { readonly path: string } | undefined {
  for (const found of causesOf(error)) {
    const { code, address } = found as { readonly code?: unknown; readonly address?: unknown };
    if ((code !== "EACCES" && code !== "EPERM") || typeof address !== "string") continue;
    return ownerOf(address);
  }
  return undefined;
}

function ownerOf(path: string): SocketOwner | { readonly path: string } {
  try {
    const { uid, gid } = statSync(path);
    return { path, uid, gid, group: groupName(gid) };
  } catch {
    return { path };
  }
}

function groupName(gid: number): string | undefined {
  try {
    const line = readFileSync("/etc/group", "utf8")
      .split("\n")
      .find((entry) => entry.split(":")[2] === String(gid));
    return line?.split(":")[0];
  } catch {
    return undefined;
  }
}

/** How an account gets to use a socket: as its owner, or through its group. An account that uses it can do what the daemon can. */
export function accessRemedy(socket: SocketOwner | { readonly path: string }): string {
  const { path } = socket;
  if (!("uid" in socket)) return `ask as the account that runs the daemon: the folder of ${path} is closed to others`;
  const { uid, gid, group } = socket;
  const owner = uid === 0 ? "sudo, with the same command" : `the account ${uid}, which runs the daemon`;
  // The group root has no members; giving the socket to another one lasts until the daemon makes it again.
  const byGroup = gid === 0 || group === undefined ? `sudo chgrp YOUR_GROUP ${path}` : `sudo usermod -aG ${group} $USER, and log in again`;
  return `${owner}; or, to let an account control the daemon and with it the machine: ${byGroup}`;
}
