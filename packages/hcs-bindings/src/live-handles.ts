/** A handle that was made and not closed yet. */
export interface LiveHandle {
  readonly kind: "system" | "process" | "pipe";
  /** Whose it is: the container's id, for a process with its pid. */
  readonly label: string;
}

const live = new Set<LiveHandle>();

/** Every handle of compute systems, processes and pipes that this process holds. Empty when all is closed. */
export function liveHandles(): readonly LiveHandle[] {
  return [...live];
}

/** Notes a handle; the function answered takes the note away. */
export function trackHandle(handle: LiveHandle): () => void {
  live.add(handle);
  return () => void live.delete(handle);
}

/** Called with a handle whose owner was collected before it was closed. The handle is closed all the same. */
export type LeakListener = (handle: LiveHandle) => void;

let leakListener: LeakListener = (handle) => {
  process.emitWarning(`a ${handle.kind} handle of ${handle.label} was dropped without being closed`, "OrielHandleLeak");
};

/** Sets the listener that is notified of dropped handles; returns the former one. @default a warning of the process */
export function onHandleLeak(listener: LeakListener): LeakListener {
  const former = leakListener;
  leakListener = listener;
  return former;
}

interface Dropped {
  readonly handle: LiveHandle;
  close(): Promise<void>;
}

const owners = new FinalizationRegistry<Dropped>((dropped) => {
  leakListener(dropped.handle);
  dropped.close().catch(() => undefined);
});

/** Watches `owner`: when it is collected before `forgetOwner(dropped)`, the leak is reported and the handle closed. */
export function watchOwner(owner: object, dropped: Dropped): void {
  owners.register(owner, dropped, dropped);
}

export function forgetOwner(dropped: Dropped): void {
  owners.unregister(dropped);
}
