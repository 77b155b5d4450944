/** A moment with its microseconds. As a Date it is cut to milliseconds. */
export class PreciseTime extends Date {
  /** Below the milliseconds: 0 to 999. */
  readonly microseconds: number;

  constructor(milliseconds: number, microseconds = 0) {
    super(milliseconds);
    this.microseconds = microseconds;
  }
}

/**
 * Nanoseconds since 1970. Whole microseconds, as a double distinguishes those until the year 2255, and JSON.stringify writes them
 * exactly; single nanoseconds it would not.
 */
export function nanosecondsOf(time: Date): number {
  // Microseconds are exact as a double; only the last step rounds.
  return (time.getTime() * 1000 + microsecondsOf(time)) * 1000;
}

export function microsecondsOf(time: Date): number {
  return time instanceof PreciseTime ? time.microseconds : 0;
}

/** Text that sorts as the times do: RFC 3339 with nine digits. */
export function preciseText(time: Date): string {
  return time.toISOString().replace("Z", `${String(microsecondsOf(time)).padStart(3, "0")}000Z`);
}

/** The inverse; takes the texts without microseconds too. @param text RFC 3339 in UTC */
export function parsePreciseText(text: string): PreciseTime {
  const digits = /\.\d{3}(\d{3})/.exec(text)?.[1];
  return new PreciseTime(Date.parse(text), Number(digits ?? 0));
}

/** Microseconds between the host's clock, which is read in milliseconds, and its counter, as near as they are known. */
let offset = 0;
let last = { milliseconds: 0, microseconds: 0 };

/** The time of the host's clock. Moments within one millisecond come one after another, as long as it has microseconds left. */
export function preciseNow(): PreciseTime {
  const milliseconds = Date.now();
  const ahead = Number(process.hrtime.bigint() / 1000n) + offset - milliseconds * 1000;
  // The clock says which millisecond it is, and with each that it begins the offset is known better.
  const within = Math.min(999, Math.max(0, ahead));
  offset += within - ahead;
  const isSame = milliseconds === last.milliseconds;
  const microseconds = isSame ? Math.min(999, Math.max(within, last.microseconds + 1)) : within;
  last = { milliseconds, microseconds };
  return new PreciseTime(milliseconds, microseconds);
}
