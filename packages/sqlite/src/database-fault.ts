import type { DatabaseSync } from "node:sqlite";
import { FailedPreconditionError, isOrielError, type OrielError, UnavailableError } from "@oriel/contracts";

/** SQLite's result codes, whose low byte is the kind: https://www.sqlite.org/rescode.html */
const busy = 5;
const corrupt = 11;
const full = 13;
const notDatabase = 26;

export interface DatabaseFacts {
  readonly op: string;
  /** Absolute path. */
  readonly file: string;
  /** What is lost with the file, as a sentence: what remains after it was moved aside. */
  readonly loss: string;
}

/** Why a database could not be opened, and what can be done: an error of SQLite in words. */
export function databaseOpenError(error: unknown, { op, file, loss }: DatabaseFacts): OrielError {
  if (isOrielError(error)) return error;
  const details = { op, resource: file, cause: error };
  const reason = error instanceof Error ? error.message : String(error);
  switch (kindOf(error)) {
    case busy:
      return new UnavailableError(`${file} is in use by another process`, {
        ...details,
        remedy: "stop the process that uses this folder, or give this one a folder of its own",
      });
    case full:
      return new FailedPreconditionError(`${file} cannot be opened: its disk is full`, {
        ...details,
        remedy: `free a few MB on the disk of ${file} and start again`,
      });
    case corrupt:
    case notDatabase:
      return damagedDatabase(reason, { op, file, loss }, error);
    default:
      return new FailedPreconditionError(`${file} cannot be opened: ${reason}`, {
        ...details,
        remedy: "see whether the disk has space and is writable, and whether this account owns the file",
      });
  }
}

/** Reads a database through: a damaged page would be met only later otherwise, in the middle of something. @throws as `databaseOpenError` */
export function checkDatabase(connection: DatabaseSync, facts: DatabaseFacts): void {
  const { quick_check: result } = connection.prepare("PRAGMA quick_check(1)").get() ?? {};
  if (result !== "ok") throw damagedDatabase(String(result), facts);
}

function damagedDatabase(reason: string, { op, file, loss }: DatabaseFacts, cause?: unknown): FailedPreconditionError {
  const files = [file, `${file}-wal`, `${file}-shm`];
  return new FailedPreconditionError(`the database ${file} is damaged: ${reason}`, {
    op,
    resource: file,
    remedy: `put back a copy of ${files.join(", ")}, or move those that are there to another folder and start again. ${loss}`,
    cause,
  });
}

function kindOf(error: unknown): number | undefined {
  const code: unknown = (error as { readonly errcode?: unknown } | null | undefined)?.errcode;
  return typeof code === "number" ? code & 0xff : undefined;
}
