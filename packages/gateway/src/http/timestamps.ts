import { InvalidArgumentError } from "@oriel/contracts";
import { PreciseTime } from "@oriel/engine";

/** Milliseconds of the units that Go's durations have. */
const units: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const durationPattern = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))*$/;
const datePattern = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2})(?::(\d{2})(?::(\d{2})(\.\d+)?)?)?)?(Z|[+-]\d{2}:\d{2})?$/i;
/** The latest time that a Date can have, seconds. */
const latest = 8_640_000_000_000;

/**
 * A point in time in the forms that docker clients have (moby, api/types/time): seconds since 1970 with or without a fraction, a
 * duration before now such as `1h30m`, RFC 3339 and its shorter forms, in the daemon's time zone where they name none. Zero and
 * nothing are none.
 *
 * @throws InvalidArgumentError
 */
export function parseTimestamp(name: string, text: string | undefined, now = new Date()): PreciseTime | undefined {
  if (text === undefined || text === "" || text === "0") return undefined;
  const time = secondsSince1970(text) ?? durationBefore(text, now) ?? dateOf(text);
  if (time !== undefined) return Math.abs(time.getTime()) > 0 || time.microseconds > 0 ? time : undefined;
  const message = `invalid value for "${name}": failed to parse value as time or duration: ${JSON.stringify(text)}`;
  const remedy = "give seconds since 1970, a time such as 2026-01-02T15:04:05Z, or a duration such as 1h30m";
  throw new InvalidArgumentError(message, { op: "gateway.time", remedy });
}

function secondsSince1970(text: string): PreciseTime | undefined {
  const [, sign, whole, fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === undefined || Number(whole) > latest) return undefined;
  const digits = fraction.padEnd(6, "0");
  const milliseconds = Number(whole) * 1000 + Number(digits.slice(0, 3));
  if (sign === "-") return new PreciseTime(-milliseconds);
  return new PreciseTime(milliseconds, Number(digits.slice(3, 6)));
}

function durationBefore(text: string, now: Date): PreciseTime | undefined {
  if (!durationPattern.test(text)) return undefined;
  let milliseconds = 0;
  for (const [, count, unit = ""] of text.matchAll(/([\d.]+)([a-zµμ]+)/g)) milliseconds += Number(count) * (units[unit] ?? 0);
  const then = now.getTime() - (text.startsWith("-") ? -milliseconds : milliseconds);
  // As docker's own clients, which send whole seconds.
  const seconds = Math.floor(then / 1000);
  return Math.abs(seconds) > latest ? undefined : new PreciseTime(seconds * 1000);
}

function dateOf(text: string): PreciseTime | undefined {
  const [, date, hours = "00", minutes = "00", seconds = "00", fraction = ".", zone = ""] = datePattern.exec(text) ?? [];
  if (date === undefined) return undefined;
  const digits = fraction.slice(1).padEnd(6, "0");
  const milliseconds = Date.parse(`${date}T${hours}:${minutes}:${seconds}.${digits.slice(0, 3)}${zone.toUpperCase()}`);
  return Number.isNaN(milliseconds) ? undefined : new PreciseTime(milliseconds, Number(digits.slice(3, 6)));
}
