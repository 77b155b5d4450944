import { describe, expect, expectTypeOf, it } from "vitest";
import { type ServiceToken, serviceToken } from "../src/index.ts";

describe("a token", () => {
  it("is the same for the same id, and another for another", () => {
    expect(serviceToken<string>("oriel.a").symbol).toBe(serviceToken<string>("oriel.a").symbol);
    expect(serviceToken<string>("oriel.a").symbol).not.toBe(serviceToken<string>("oriel.b").symbol);
  });

  it("carries the type of its service and cannot be changed", () => {
    const token = serviceToken<{ readonly n: number }>("oriel.n");
    expectTypeOf(token).toEqualTypeOf<ServiceToken<{ readonly n: number }>>();
    expectTypeOf(token).not.toExtend<ServiceToken<{ readonly n: string }>>();
    expect(Object.isFrozen(token)).toBe(true);
  });
});
