import { spawnSync } from "node:child_process";
import { isContainment } from "../../src/containment/containment.ts";
import { containmentOfHost, noContainer } from "../emulated-container.ts";
import { accountHost, accountProgram } from "./account-host.ts";
import { type HostileHost, localHost } from "./hostile-container.ts";

/** An account whose containers are attacked. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  /**
   * Whether its containers run as the host's root, though without capabilities: what the kernel lets root do without them, it may
   * do to what it has of its own.
   */
  readonly isHostRoot: boolean;
  /** Why it cannot be done here, as titles have it; empty where it can. */
  readonly reason: string;
}

/** An account that no machine has: nothing belongs to it but what a test gives it. */
const otherUid = 60_321;

const own = process.getuid?.() ?? 0;

function skipped(reason: string | undefined): string {
  return reason === undefined ? "" : ` (skipped: ${reason})`;
}

/** Why root cannot have a container of another account here. */
function noOtherAccount(): string | undefined {
  const run = (command: string, ...words: readonly string[]): boolean =>
    spawnSync(command, words, { uid: otherUid, gid: otherUid, cwd: "/", timeout: 10_000 }).status === 0;
  if (!run("cat", accountProgram) || !run(process.execPath, "--version")) return "other accounts cannot read this working copy";
  return run("unshare", "-Ur", "true") ? undefined : "this host has no user name spaces";
}

const found = await containmentOfHost();
const isHostRoot = isContainment(found) && found.as === "root" && !found.ownUsers;

export const accounts: readonly Account[] =
  own === 0
    ? [
        { name: "root", uid: 0, isHostRoot, reason: skipped(noContainer) },
        { name: "an ordinary user", uid: otherUid, isHostRoot: false, reason: skipped(noContainer ?? noOtherAccount()) },
      ]
    : [{ name: "an ordinary user", uid: own, isHostRoot: false, reason: skipped(noContainer) }];

/** What an account runs containers with: another than this process's in a process of its own. */
export function openHost(account: Account): Promise<HostileHost> {
  process.env.DAEMON_SECRET = "of the daemon's environment";
  return account.uid === own ? localHost() : accountHost(account.uid);
}
