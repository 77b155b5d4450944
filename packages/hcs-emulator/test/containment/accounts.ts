import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { noContainer } from "../emulated-container.ts";
import { accountContainer } from "./account-container.ts";
import { type HostileContainer, localContainer } from "./hostile-container.ts";

/** An account whose containers are attacked. */
export interface Account {
  readonly name: string;
  readonly uid: number;
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
  const source = fileURLToPath(new URL("../fixtures/account-container.ts", import.meta.url));
  if (!run("cat", source) || !run(process.execPath, "--version")) return "other accounts cannot read this working copy";
  return run("unshare", "-Ur", "true") ? undefined : "this host has no user name spaces";
}

export const accounts: readonly Account[] =
  own === 0
    ? [
        { name: "root", uid: 0, reason: skipped(noContainer) },
        { name: "an ordinary user", uid: otherUid, reason: skipped(noContainer ?? noOtherAccount()) },
      ]
    : [{ name: "an ordinary user", uid: own, reason: skipped(noContainer) }];

/** A container of an account; of another one in a process of it. */
export function openContainer(account: Account, document: Record<string, unknown>): Promise<HostileContainer> {
  process.env.DAEMON_SECRET = "of the daemon's environment";
  return account.uid === own ? localContainer(document) : accountContainer(account.uid, document);
}
