import { expect } from "vitest";
import type { Account } from "./accounts.ts";
import type { Decoys } from "./decoys.ts";
import type { ContainerFiles, HostileContainer } from "./hostile-container.ts";
import type { HostileProgram, LinuxResult } from "./hostile-program.ts";

/** A hostile program in a container, and what it goes for. */
export interface Attack {
  readonly program: HostileProgram;
  readonly decoys: Decoys;
  readonly container: HostileContainer;
  readonly files: ContainerFiles;
  /** The account whose container it is. */
  readonly account: Account;
}

/** What is attempted and what becomes of it, and the attempt. */
export type Attempt = readonly [title: string, attempt: (attack: Attack) => Promise<void>];

/** The name is not there. */
export function expectAbsent(result: LinuxResult | Buffer | readonly string[]): void {
  expect(["ENOENT", "ENOTDIR"]).toContain(result);
}

/** The call is not for this process, whatever it is asked for. */
export function expectForbidden(result: LinuxResult): void {
  expect(["EPERM", "EACCES", "ENOSYS"]).toContain(result);
}

/** Neither there nor allowed. */
export function expectRefused(result: LinuxResult | Buffer | readonly string[]): void {
  expect(["EPERM", "EACCES", "ENOSYS", "ENOENT", "ENOTDIR", "EROFS", "ESRCH"]).toContain(result);
}
