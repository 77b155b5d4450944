import { InvalidArgumentError, nearestName } from "@oriel/contracts";
import { faultyCalls } from "./failed-answers.ts";
import type { Fault } from "./fault.ts";

const effects = ["lose", "duplicate", "early"];
const kinds = ["fail", "delay", "hang"];
const known: Readonly<Record<"call" | "notification", readonly string[]>> = {
  call: ["call", "nth", "every", "result", ...kinds],
  notification: ["notification", "nth", "every", "effect"],
};

/**
 * Faults from the text of a file: a JSON array.
 * @param source what messages call it
 * @throws InvalidArgumentError naming what is no fault
 */
export function parseFaults(text: string, source: string): readonly Fault[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refusal(`${source} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!Array.isArray(value)) throw refusal(`${source} must hold a JSON array of faults`);
  return checkFaults(value);
}

/** @throws InvalidArgumentError naming what is no fault */
export function checkFaults(faults: readonly unknown[]): readonly Fault[] {
  return faults.map((fault) => {
    const why = wrongWith(fault);
    if (why !== undefined) throw refusal(`${JSON.stringify(fault)} is no fault: ${why}`);
    return fault as Fault;
  });
}

function wrongWith(fault: unknown): string | undefined {
  if (typeof fault !== "object" || fault === null) return "it must be an object";
  const fields = fault as Readonly<Record<string, unknown>>;
  const subject = "call" in fields ? "call" : "notification";
  if (!("call" in fields) && !("notification" in fields)) return "it names neither a call nor a notification";
  const unknown = Object.keys(fields).find((key) => !known[subject].includes(key));
  if (unknown !== undefined) return `a fault of a ${subject} has no '${unknown}'; it has ${known[subject].join(", ")}`;
  for (const key of ["nth", "every"]) {
    if (key in fields && !isCount(fields[key])) return `'${key}' must be a whole number from 1`;
  }
  return subject === "call" ? wrongWithCall(fields) : wrongWithNotification(fields);
}

function wrongWithCall({ call, fail, delay, hang, result, ...fields }: Readonly<Record<string, unknown>>): string | undefined {
  void fields;
  if (typeof call !== "string") return "'call' must be the name of an export, or *";
  if (call !== "*" && !faultyCalls.includes(call)) {
    const near = nearestName(call, faultyCalls);
    return `there is no call ${call}${near === undefined ? "" : `; did you mean ${near}?`}`;
  }
  if ([fail, delay, hang].filter((value) => value !== undefined).length !== 1) return `it must have one of ${kinds.join(", ")}`;
  if (fail !== undefined && !isHresult(fail)) return "'fail' must be an HRESULT, such as 0x80070005";
  if (delay !== undefined && !(typeof delay === "number" && delay >= 0 && delay <= 86_400_000)) {
    return "'delay' must be milliseconds, a day of them at most";
  }
  if (hang !== undefined && hang !== true) return "'hang' must be true";
  if (result !== undefined && (fail === undefined || typeof result !== "string")) return "'result' must be text, beside 'fail'";
  return undefined;
}

function wrongWithNotification({ notification, effect }: Readonly<Record<string, unknown>>): string | undefined {
  if (!isCount(notification)) return "'notification' must be the number of a notification";
  return effects.includes(String(effect)) ? undefined : `'effect' must be one of ${effects.join(", ")}`;
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 1;
}

function isHresult(value: unknown): boolean {
  if (typeof value === "string") return /^0x[0-9a-f]{1,8}$/i.test(value);
  return typeof value === "number" && Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 32;
}

function refusal(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, {
    op: "emulated-hcs.faults",
    remedy: "the README of @oriel/hcs-emulator shows faults of each kind",
  });
}
