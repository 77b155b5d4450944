import { describe, expect, it } from "vitest";
import {
  AlreadyExistsError,
  ConflictError,
  DeadlineExceededError,
  type ErrorCode,
  type ErrorDetails,
  errorCodes,
  FailedPreconditionError,
  InternalError,
  InvalidArgumentError,
  isOrielError,
  NotFoundError,
  type OrielError,
  PermissionDeniedError,
  toOrielError,
  UnavailableError,
  UnimplementedError,
} from "../src/index.ts";

const classes: Readonly<Record<ErrorCode, new (message: string, details: ErrorDetails) => OrielError>> = {
  InvalidArgument: InvalidArgumentError,
  NotFound: NotFoundError,
  AlreadyExists: AlreadyExistsError,
  Conflict: ConflictError,
  FailedPrecondition: FailedPreconditionError,
  PermissionDenied: PermissionDeniedError,
  Unavailable: UnavailableError,
  DeadlineExceeded: DeadlineExceededError,
  Unimplemented: UnimplementedError,
  Internal: InternalError,
};

describe("an error", () => {
  it("has a class for each code, named after it", () => {
    for (const code of errorCodes) {
      const Class = classes[code];
      const error = new Class("m", { op: "a.b" });
      expect({ code: error.code, name: error.name, isError: error instanceof Error }).toEqual({
        code,
        name: `${code}Error`,
        isError: true,
      });
    }
  });

  it("carries operation, resource, remedy and cause", () => {
    const cause = new Error("below");
    const error = new NotFoundError("no such layer: x", { op: "layer.get", resource: "x", remedy: "load it", cause });
    expect(error).toMatchObject({ message: "no such layer: x", op: "layer.get", resource: "x", remedy: "load it", cause });
    expect("cause" in new NotFoundError("m", { op: "a.b" })).toBe(false);
  });

  it("is known by its code, also when another copy of the package made it", () => {
    const foreign = Object.assign(new Error("x"), { code: "Conflict", op: "a.b" });
    expect(isOrielError(foreign)).toBe(true);
    expect(isOrielError(foreign, "Conflict")).toBe(true);
    expect(isOrielError(foreign, "NotFound")).toBe(false);
  });

  it.each([
    ["a plain error", new Error("x")],
    ["a system error", Object.assign(new Error("x"), { code: "ENOENT" })],
    ["an object", { code: "NotFound", op: "a.b" }],
    ["nothing", undefined],
  ])("%s is not mistaken for one", (_, value) => {
    expect(isOrielError(value)).toBe(false);
  });

  it("wraps what is foreign once, and leaves its own kind alone", () => {
    const cause = new Error("disk full");
    const wrapped = toOrielError(cause, "layer.import", "abc");
    expect(wrapped).toBeInstanceOf(InternalError);
    expect(wrapped).toMatchObject({ message: "layer.import: disk full", op: "layer.import", resource: "abc", cause });
    expect(toOrielError(wrapped, "other.op")).toBe(wrapped);
    expect(toOrielError("text", "a.b").message).toBe("a.b: text");
  });
});
