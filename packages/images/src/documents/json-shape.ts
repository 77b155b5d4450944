import { InvalidArgumentError } from "@oriel/contracts";
import { checkJsonSize } from "./json-size.ts";

// JSON of an archive was written by others: every field that is read is checked, and named when it is wrong.

export type JsonObject = Readonly<Record<string, unknown>>;

const op = "image.load";

/** @param where shown in errors: `manifest.json`. @throws InvalidArgumentError for what is no JSON, or too much of it. */
export function parseJson(bytes: Uint8Array, where: string): unknown {
  checkJsonSize(bytes, where);
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  } catch (error) {
    throw new InvalidArgumentError(`${where} is not JSON: ${error instanceof Error ? error.message : String(error)}`, { op, cause: error });
  }
}

export function asObject(value: unknown, where: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw wrongType(value, where, "an object");
}

export function asArray(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrongType(value, where, "an array");
}

export function asString(value: unknown, where: string): string {
  if (typeof value === "string") return value;
  throw wrongType(value, where, "a string");
}

export function asStrings(value: unknown, where: string): readonly string[] {
  return asArray(value, where).map((item, index) => asString(item, `${where}[${index}]`));
}

export function asBoolean(value: unknown, where: string): boolean {
  if (typeof value === "boolean") return value;
  throw wrongType(value, where, "true or false");
}

export function asNumber(value: unknown, where: string): number {
  if (typeof value === "number") return value;
  throw wrongType(value, where, "a number");
}

export function asCount(value: unknown, where: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw wrongType(value, where, "a whole number that is not negative");
}

/** `undefined` for what is absent or null, which Go's encoder writes for an empty value. */
export function optional<T>(value: unknown, where: string, read: (value: unknown, where: string) => T): T | undefined {
  return value === undefined || value === null ? undefined : read(value, where);
}

function wrongType(value: unknown, where: string, wanted: string): InvalidArgumentError {
  return new InvalidArgumentError(`${where} is ${show(value)}, and must be ${wanted}`, { op });
}

/** A few words for a value; its inside may be deep and long. */
function show(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : String(value);
}
