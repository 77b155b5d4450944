/** What HcsGetProcessProperties answers. `ExitCode` counts only when `Exited` and `LastWaitResult` is 0. */
export interface ProcessStatus {
  readonly ProcessId?: number;
  readonly Exited?: boolean;
  /** Unsigned 32 bits. */
  readonly ExitCode?: number;
  /** An HRESULT, signed 32 bits. */
  readonly LastWaitResult?: number;
}
