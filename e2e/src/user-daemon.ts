import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chown, mkdir, mkdtemp } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { repository, type TestDaemonOptions } from "./daemon.ts";

const isRoot = process.getuid?.() === 0;
/** `nobody`, which every system has. */
const user = 65534;

/**
 * Runs a command as an ordinary user: of this working copy, wherever that is, and with the device that users may open on most systems.
 * What is mounted for it is seen by it only. Arguments: folder, working copy, user, and the words of the command.
 */
const asUser = `folder=$1 copy=$2 user=$3; shift 3
mkdir -p "$folder/copy" "$folder/dev" && mount --bind "$copy" "$folder/copy" &&
mknod -m 666 "$folder/dev/tun" c 10 200 && mount --bind "$folder/dev/tun" /dev/net/tun && rm -r "$folder/dev" || exit 1
case $1 in "$copy"*) program=$folder/copy/\${1#"$copy"}; shift; set -- "$program" "$@" ;; esac
exec setpriv --reuid "$user" --regid "$user" --clear-groups env HOME="$folder" "$@"`;

function wrapper(folder: string): readonly string[] {
  return isRoot ? ["unshare", "--mount", "sh", "-c", asUser, "sh", folder, repository, String(user)] : [];
}

/** What starts a daemon of an ordinary user's: this one, or another where this is root. */
export async function ordinaryUser(): Promise<Required<Pick<TestDaemonOptions, "folder" | "wrapper">>> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-user-"));
  await mkdir(path.join(folder, "copy"));
  if (isRoot) await chown(folder, user, user);
  return { folder, wrapper: wrapper(folder) };
}

/** Why an ordinary user has no networks of its own here; undefined where it has. */
export function whyNoUserNetworks(): string | undefined {
  if (process.platform !== "linux") return "networks are made on Linux only";
  if (!["slirp4netns", "pasta"].some((name) => existsSync(`/usr/bin/${name}`))) return "neither slirp4netns nor pasta is installed";
  const words = ["--user", "--map-root-user", "--net", "true"];
  const as = isRoot ? ["setpriv", "--reuid", String(user), "--regid", String(user), "--clear-groups", "unshare"] : ["unshare"];
  const [command = "", ...rest] = [...as, ...words];
  return spawnSync(command, rest).status === 0 ? undefined : "users may make no user name spaces";
}
