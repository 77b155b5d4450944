/** Where a published port leads. */
export interface PortTarget {
  readonly address: string;
  readonly port: number;
}

/** A port of the host that this process has, and passes on. */
export interface Forwarder {
  /** Leads to it from now on; nothing is taken before. */
  aim(target: PortTarget): void;
  /** Ends what is under way. */
  close(): Promise<void>;
}
