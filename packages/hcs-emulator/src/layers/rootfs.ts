/** The layers that a container's root is made of. */
export interface RootfsLayers {
  /** Folder of the scratch. */
  readonly scratch: string;
  /** Folders of the read-only layers, immediate parent first, base last. */
  readonly parents: readonly string[];
}

/**
 * A way to show a scratch and the layers below it as one folder. Both ways give the same content; they differ in what
 * the host must allow and in what the first start costs.
 */
export interface Rootfs {
  readonly kind: "overlay" | "copy";
  /** Returns the folder that is the container's C:. What the container changes is kept in the scratch. */
  attach(layers: RootfsLayers): Promise<string>;
  /** Takes the folder away. A scratch that is not attached is no error. */
  detach(scratch: string): Promise<void>;
}
