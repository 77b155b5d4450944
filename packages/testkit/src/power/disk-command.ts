/** What the thread that serves a disk is given. */
export interface ServedDisk {
  /** Of /dev/fuse, mounted. */
  readonly descriptor: number;
  /** Of the one file. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Four whole numbers: a command, its two values, and its answer. */
  readonly control: SharedArrayBuffer;
  /** What a loss of power has left. */
  readonly lost: SharedArrayBuffer;
}

/** `lose` puts what a loss of power leaves into `lost`; `load` makes that the disk's content. */
export const commands = { none: 0, lose: 1, load: 2 } as const;
