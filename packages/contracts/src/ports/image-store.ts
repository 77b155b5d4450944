import { serviceToken } from "../plugins/token.ts";

/** `config` of an OCI image configuration; names are the specification's. */
export interface ImageRunConfig {
  User?: string;
  ExposedPorts?: Record<string, Record<string, never>>;
  Env?: string[];
  Entrypoint?: string[] | null;
  Cmd?: string[] | null;
  Volumes?: Record<string, Record<string, never>>;
  WorkingDir?: string;
  Labels?: Record<string, string>;
  StopSignal?: string;
  /** Docker's extension: the command is one ready command line. */
  ArgsEscaped?: boolean;
  OnBuild?: string[] | null;
  Shell?: string[];
  Healthcheck?: { Test?: string[]; Interval?: number; Timeout?: number; StartPeriod?: number; StartInterval?: number; Retries?: number };
}

/** The OCI image configuration, as far as Oriel reads it. */
export interface ImageConfig {
  created?: string;
  author?: string;
  architecture: string;
  os: string;
  "os.version"?: string;
  "os.features"?: string[];
  variant?: string;
  config?: ImageRunConfig;
  rootfs: { type: "layers"; diff_ids: string[] };
  history?: { created?: string; created_by?: string; author?: string; comment?: string; empty_layer?: boolean }[];
}

export interface ImageRecord {
  /** `sha256:<hex>` of the configuration. */
  readonly id: string;
  /** Normalised references with tag, familiar form: `oriel/nano:latest`. Sorted. */
  readonly tags: readonly string[];
  /** `name@sha256:…` of manifests it came by. Sorted. */
  readonly digests: readonly string[];
  readonly config: ImageConfig;
  /** Chain id of the uppermost layer; the one to put a scratch on. */
  readonly chainId: string;
  /** Sum of the sizes of its layers, bytes. */
  readonly size: number;
  /** When it was last tagged here. */
  readonly taggedAt: Date;
}

/** A line of the progress of a load, in the words of Docker's JSON message stream. */
export interface ImageProgress {
  readonly status?: string;
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  /** Text shown as it is: `Loaded image: oriel/nano:latest`. */
  readonly stream?: string;
}

export interface LoadImagesOptions {
  /** A `docker save` archive or a tar of an OCI layout, optionally compressed with gzip. Drained or destroyed whatever happens. */
  readonly archive: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ImageProgress) => void) | undefined;
}

export interface CommitImageOptions {
  /** Id of the image that the layer stands on. */
  readonly parentId: string;
  /** The layer as an uncompressed tar. Drained or destroyed whatever happens. */
  readonly layer: AsyncIterable<Uint8Array>;
  /** Of the new image; platform, layers and history are taken over from the parent. */
  readonly config: ImageRunConfig;
  /** What made the layer, for the history. */
  readonly createdBy: string;
  readonly author?: string | undefined;
  readonly comment?: string | undefined;
  /** Absent: the image has no name. */
  readonly tag?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface EnsureLayersOptions {
  /** Leaves what is unpacked by then, as the image has it; the layer under way is given up. */
  readonly signal?: AbortSignal;
}

export interface RemovedImage {
  readonly untagged: readonly string[];
  readonly deleted: readonly string[];
}

/** Images: configurations, tags, and the content that they were loaded from. Layers are unpacked into the storage backend. */
export interface ImageStore {
  /** @throws InvalidArgumentError naming what is wrong in the archive; a failed load leaves no image and no layer of its own. */
  load(options: LoadImagesOptions): Promise<readonly ImageRecord[]>;
  /**
   * Makes an image of another one and one layer more. A commit that fails leaves neither.
   * @throws NotFoundError for the parent; InvalidArgumentError for a tag that is none, or a layer that cannot be unpacked
   */
  commit(options: CommitImageOptions): Promise<ImageRecord>;
  /** By id (`sha256:…`, hex, or an unambiguous beginning of it), or reference with or without tag. @throws NotFoundError; InvalidArgumentError */
  get(reference: string): Promise<ImageRecord>;
  list(): Promise<readonly ImageRecord[]>;
  /**
   * Makes sure that a container can be put on the image: layers that storage does not have, because they were lost or
   * because it was another backend when the image came, are unpacked again from the store's own copies, base first.
   * Calls at once share that. Where the uppermost layer is there this is one `getLayer` of storage.
   * @param imageId `sha256:<hex>`
   * @throws NotFoundError for the image, also when it is removed meanwhile; FailedPreconditionError naming image and
   *   layer when the copy of a layer is missing or damaged; the signal's reason; what storage throws.
   */
  ensureLayers(imageId: string, options?: EnsureLayersOptions): Promise<void>;
  /** @returns the new name, normalised, in the familiar form. @throws NotFoundError; InvalidArgumentError */
  tag(reference: string, target: string): Promise<string>;
  /**
   * Removes one tag, or the image with its last tag. `inUse` tells of containers on an image id, `running` of those
   * among them that run (absent: none): `force` does not remove an image under a running container.
   * @throws NotFoundError; ConflictError when used, or when an id names an image with several tags, unless `force`.
   */
  remove(
    reference: string,
    options: {
      readonly force: boolean;
      readonly inUse: (imageId: string) => readonly string[];
      readonly running?: (imageId: string) => readonly string[];
    },
  ): Promise<RemovedImage>;
}

export const imageStoreToken = serviceToken<ImageStore>("oriel.image-store");
