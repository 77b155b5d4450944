import type { ResourceJournal, StorageBackend } from "@oriel/contracts";

/** A storage backend on a folder of its own. */
export interface StorageBackendFixture {
  readonly backend: StorageBackend;
  /** What the backend records in; empty at first. */
  readonly journal: ResourceJournal;
  /** Folder that the backend keeps layers and scratches in; `folder` of each record lies below it. */
  readonly folder: string;
  /** Names directly below `folder`; none where it is not there yet. */
  entries(): Promise<readonly string[]>;
  /** Makes a folder with a file in it, in place of one that a user put there. */
  putForeignFolder(name: string): Promise<void>;
  /** Text of a file that a container would see below `C:\`, through a mounted scratch; undefined where there is none. */
  read(volumePath: string, name: string): Promise<string | undefined>;
  /** A container writes a file, and the folders above it that are not there; `/` parts them. */
  write(volumePath: string, name: string, text: string): Promise<void>;
  /** A container deletes a file, or a folder with all in it. */
  remove(volumePath: string, name: string): Promise<void>;
  /** The backend of a new process on the same folder and journal, after the former was killed. */
  reopen(): Promise<StorageBackend>;
  /** Takes away what was made, mounts included. */
  dispose(): Promise<void>;
}
