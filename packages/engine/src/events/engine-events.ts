import type { Logger } from "@oriel/contracts";
import type { Clock } from "../clock.ts";
import type { EngineEvent, EventsRequest } from "../engine-api.ts";
import type { EventLog } from "./event-log.ts";
import type { EventBus } from "./events.ts";
import { nanosecondsOf } from "./precise-time.ts";

/** Milliseconds for which an event may wait to be written; all that a crash can lose of those that come with no change. */
const writeDelay = 1000;

/** The engine's events: told to those who listen, and kept for those who ask later. */
export class EngineEvents {
  readonly #bus: EventBus;
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #closed = new AbortController();
  #isWritePlanned = false;
  #hasFailed = false;

  constructor(bus: EventBus, log: EventLog, clock: Clock, logger: Logger) {
    this.#bus = bus;
    this.#log = log;
    this.#clock = clock;
    this.#logger = logger;
  }

  get listeners(): number {
    return this.#bus.listeners;
  }

  publish(event: EngineEvent): void {
    this.note(event);
    this.tell(event);
  }

  /** Keeps an event without telling it. */
  note(event: EngineEvent): void {
    this.#log.add(event);
    if (this.#isWritePlanned || this.#closed.signal.aborted) return;
    this.#isWritePlanned = true;
    void this.#clock.sleep(writeDelay, this.#closed.signal).then(() => {
      this.#isWritePlanned = false;
      if (!this.#closed.signal.aborted) this.#write();
    });
  }

  /** Tells an event that was kept with the change that it is about. */
  tell(event: EngineEvent): void {
    this.#bus.publish(event);
  }

  /** Those that were kept, where a time is given, and then what comes; without a gap, and none twice. */
  subscribe({ since, until, signal }: EventsRequest = {}): AsyncIterable<EngineEvent> {
    const coming = this.#bus.subscribe(signal);
    if (since === undefined && until === undefined) return coming;
    const past = this.#log.read({ since, until });
    return until === undefined ? joined(past, coming) : joined(past, upTo(until, coming));
  }

  /** Writes what waits, and lets every listener go. */
  close(): void {
    this.#closed.abort();
    this.#write();
    this.#bus.close();
  }

  #write(): void {
    try {
      this.#log.flush();
      this.#hasFailed = false;
    } catch (error) {
      // Said once, not for every second of a full disk.
      if (!this.#hasFailed) this.#logger.error({ error }, "events cannot be written down");
      this.#hasFailed = true;
    }
  }
}

async function* joined(past: readonly EngineEvent[], coming: AsyncIterable<EngineEvent>): AsyncGenerator<EngineEvent, void> {
  yield* past;
  yield* coming;
}

/** The reader's signal ends it when nothing comes. */
async function* upTo(until: Date, coming: AsyncIterable<EngineEvent>): AsyncGenerator<EngineEvent, void> {
  for await (const event of coming) {
    if (nanosecondsOf(event.time) > nanosecondsOf(until)) return;
    yield event;
  }
}
