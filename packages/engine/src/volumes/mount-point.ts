import type { MountPoint } from "../engine-api.ts";

/** What a container asks to have mounted, before volumes have their names. */
export interface AskedMount {
  readonly type: MountPoint["type"];
  /** Folder or pipe of the host; empty for a volume. */
  readonly source: string;
  readonly destination: string;
  readonly readOnly: boolean;
  /** As the user wrote it: what refusals of a bind begin with. */
  readonly given?: string;
  readonly volume?: AskedVolume;
}

export interface AskedVolume {
  /** Empty for one that nobody has named. */
  readonly name: string;
  readonly driver?: string;
  readonly driverOptions?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly noCopy?: boolean;
  /** Folder within the volume. */
  readonly subpath?: string;
}

/** The order in which mounts are shown: that of their destinations. */
export function inOrder(mounts: readonly MountPoint[]): MountPoint[] {
  const key = ({ destination }: MountPoint): string => destination.toLowerCase();
  return mounts.toSorted((left, right) => (key(left) < key(right) ? -1 : 1));
}
