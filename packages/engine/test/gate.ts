export interface Gate {
  /** Resolves when something waits at the gate. */
  readonly reached: Promise<void>;
  /** What waits there. */
  readonly pass: () => Promise<void>;
  open(): void;
}

/** A call that hangs until the test opens the gate. */
export function gate(): Gate {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  return {
    reached: reached.promise,
    pass() {
      reached.resolve();
      return opened.promise;
    },
    open: () => opened.resolve(),
  };
}
