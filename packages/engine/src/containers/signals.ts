import { InvalidArgumentError } from "@oriel/contracts";

/**
 * Signals that mean something to a Windows container: SIGKILL ends it, the others ask it to shut down. Linux has more, and
 * clients send some of them unasked (docker run sends SIGWINCH when the terminal changes its size): to take those for a
 * wish to shut down would end containers by accident.
 */
const signalNumbers: Readonly<Record<string, number>> = { HUP: 1, INT: 2, QUIT: 3, KILL: 9, TERM: 15 };

export interface Signal {
  /** `SIGTERM` */
  readonly name: string;
  readonly number: number;
}

/** `SIGTERM`, `TERM`, `term` or `15`; undefined for others. */
export function knownSignal(given: string): Signal | undefined {
  const wanted = given.trim().toUpperCase();
  const bare = wanted.startsWith("SIG") ? wanted.slice(3) : wanted;
  const known = Object.entries(signalNumbers).find(([name, number]) => name === bare || String(number) === wanted);
  return known === undefined ? undefined : { name: `SIG${known[0]}`, number: known[1] };
}

/** @throws InvalidArgumentError for a signal that a Windows container does not know */
export function parseSignal(given: string): Signal {
  const known = knownSignal(given);
  if (known !== undefined) return known;
  throw new InvalidArgumentError(`invalid signal: ${given}`, {
    op: "container.signal",
    resource: given,
    remedy: `a Windows container knows ${Object.keys(signalNumbers)
      .map((name) => `SIG${name}`)
      .join(", ")}`,
  });
}
