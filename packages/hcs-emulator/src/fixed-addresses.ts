import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const words = ["setarch", "-R"] as const;
let known: Promise<readonly string[]> | undefined;

/**
 * Words to put before a command that starts Wine, so that its processes get the same address space each time: empty where
 * the host has no `setarch` (macOS) or does not let us (Docker's default seccomp profile). All that the command starts
 * inherits it.
 *
 * Why: since Linux 6.9 a program's heap begins at a random place up to 1 GiB above it (commit 44c76825d6ee, "x86: Increase
 * brk randomness entropy for 64-bit systems"), and Wine's loader sits so that the heap can cover 0x7ffe0000, where Windows
 * has its shared user data. Such a process ends before its first instruction: one start in some thousands, which
 * CreateProcessW reports as ERROR_INTERNAL_ERROR (1359).
 */
export function fixedAddresses(): Promise<readonly string[]> {
  known ??= run(words[0], [...words.slice(1), "true"], { timeout: 5_000 }).then(
    () => words,
    () => [],
  );
  return known;
}
