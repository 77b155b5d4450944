import { foldName } from "@oriel/contracts";
import { describe, expect, test } from "vitest";
import { effectiveEnvironment, mergeEnvironment, parseEnvironment } from "../src/process/environment.ts";

describe("the environment of a Windows container", () => {
  test("keeps the container's order and adds what only the image has", () => {
    expect(mergeEnvironment(["A=1", "FOO=over"], ["FOO=bar", "PATH=C:\\Windows"])).toEqual(["A=1", "FOO=over", "PATH=C:\\Windows"]);
  });

  test("has one variable per name without case, and the last one wins in the place of the first", () => {
    expect(mergeEnvironment(["Path=1", "B=2", "PATH=3"], ["path=image", "b=image", "C=4"])).toEqual(["PATH=3", "B=2", "C=4"]);
  });

  test("loses the image's variable to a name without a value", () => {
    const merged = mergeEnvironment(["foo"], ["FOO=bar", "B=1"]);
    expect(merged).toEqual(["foo", "B=1"]);
    expect(effectiveEnvironment(merged)).toEqual(["B=1"]);
    expect(effectiveEnvironment(mergeEnvironment(["FOO=1", "Foo"], []))).toEqual([]);
  });

  test("tells names apart by case for Linux", () => {
    expect(mergeEnvironment(["Path=1"], ["PATH=2"], { caseSensitive: true })).toEqual(["Path=1", "PATH=2"]);
  });

  test.each(["", "=x", "A\0=1"])("refuses %j, which is no variable, and leaves it out where an image has it", (entry) => {
    expect(() => mergeEnvironment([entry], [])).toThrow(/invalid environment variable/);
    expect(mergeEnvironment(["B=1"], [entry, "C=2"])).toEqual(["B=1", "C=2"]);
  });

  test("is parsed with values that hold equals signs, and with the hidden variables of drives", () => {
    expect([...parseEnvironment(["A=1=2", "=C:=C:\\app", "bare", "E=", "a=last"])]).toEqual([
      ["a", "last"],
      ["=C:", "C:\\app"],
      ["E", ""],
    ]);
  });

  test("folds case unit by unit", () => {
    expect(foldName("straße")).toBe("STRAßE");
    expect(foldName("éa")).toBe("ÉA");
  });
});
