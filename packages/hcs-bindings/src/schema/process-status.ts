/** What HcsGetProcessProperties answers. `ExitCode` counts only when `Exited` and `LastWaitResult` is 0. */
export interface ProcessStatus {
  readonly ProcessId?: number;
  readonly Exited?: boolean;
  /** Unsigned 32 bits. */
  readonly ExitCode?: number;
  /** An HRESULT, signed 32 bits. */
  readonly LastWaitResult?: number;
  /**
   * Of an emulated service alone: as the compute system had reached its limit of memory, the host ended the process, or
   * another one during its life. Windows ends nothing then: a program gets no more memory.
   */
  readonly OutOfMemory?: boolean;
}
