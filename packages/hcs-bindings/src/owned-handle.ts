import { DeadlineExceededError, FailedPreconditionError, type HcsAnswer } from "@oriel/contracts";
import { type CallContext, timedCall } from "./call.ts";
import { forgetOwner, type LiveHandle, trackHandle } from "./live-handles.ts";

interface RunningCall {
  readonly op: string;
  /** Settles with the call itself, however late. */
  readonly answered: Promise<void>;
  /** Settles when its caller stopped waiting. */
  readonly left: Promise<void>;
  abandoned: boolean;
}

/** Gives a handle back to the service; called once. It calls `gone` when the service has answered, however late. */
export type Release<H> = (value: H, gone: () => void) => Promise<void>;

/**
 * One handle, closed exactly once and never under a running call. A call that overran its deadline still holds the
 * handle: closing it is put off until that call answers, because the service may still be using it.
 */
export class OwnedHandle<H extends bigint> {
  readonly handle: LiveHandle;
  readonly #value: H;
  readonly #release: Release<H>;
  readonly #untrack: () => void;
  readonly #running = new Set<RunningCall>();
  #closing: Promise<void> | undefined;

  constructor(value: H, handle: LiveHandle, release: Release<H>) {
    this.#value = value;
    this.handle = handle;
    this.#release = release;
    this.#untrack = trackHandle(handle);
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * Makes a call with the handle.
   * @throws FailedPreconditionError when it is closed; DeadlineExceededError; the signal's reason
   */
  async call<A extends HcsAnswer>(
    context: CallContext,
    call: (handle: H) => Promise<A>,
    onLate?: (answer: A) => void | Promise<void>,
  ): Promise<A> {
    if (this.#closing) {
      throw new FailedPreconditionError(`${context.op}: the handle of ${this.handle.label} has been closed`, { op: context.op });
    }
    const answer = call(this.#value);
    const answered = answer.then(nothing, nothing);
    const waited = timedCall(context, () => answer, onLate);
    const running: RunningCall = { op: context.op, answered, left: waited.then(nothing, nothing), abandoned: false };
    this.#running.add(running);
    void answered.then(() => this.#running.delete(running));
    try {
      return await waited;
    } finally {
      running.abandoned = true;
    }
  }

  /**
   * Waits for the calls under way, then gives the handle back. Safe to call again: the second call waits for the first.
   * @throws DeadlineExceededError when an abandoned call still holds the handle (it is closed once that answers);
   *   what the release threw
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    forgetOwner(this);
    await Promise.all([...this.#running].filter((running) => !running.abandoned).map((running) => running.left));
    const held = [...this.#running];
    if (held.length === 0) return this.#release(this.#value, this.#untrack);
    void Promise.all(held.map((running) => running.answered))
      .then(() => this.#release(this.#value, this.#untrack))
      .catch(nothing);
    const ops = held.map((running) => running.op).join(", ");
    throw new DeadlineExceededError(`the handle of ${this.handle.label} stays open until ${ops} answers`, { op: "handle.close" });
  }
}

function nothing(): void {}
