import type { RuntimeSpec } from "@oriel/contracts";
import { describe, expect, expectTypeOf, test } from "vitest";
import { assertRuntimeSpec, checkRuntimeSpec } from "../src/checks/check-runtime-spec.ts";
import type { FromSchema } from "../src/checks/json-schema.ts";
import type { runtimeSpecSchema } from "../src/checks/spec-schema.ts";
import { createSpec } from "../src/spec/create-spec.ts";
import { specInput } from "./spec-input.ts";

test("the schema and the declared types are the same", () => {
  expectTypeOf<FromSchema<typeof runtimeSpecSchema>>().toEqualTypeOf<RuntimeSpec>();
});

describe("a spec from elsewhere", () => {
  test("that createSpec could have made is sound", () => {
    expect(checkRuntimeSpec(JSON.parse(JSON.stringify(createSpec(specInput()).spec)))).toEqual([]);
  });

  test("may have properties that are not known", () => {
    expect(checkRuntimeSpec({ ...createSpec(specInput()).spec, hooks: {}, "x-own": 1 })).toEqual([]);
  });

  test.each<[string, string, unknown, string, RegExp]>([
    ["no version", "ociVersion", undefined, "ociVersion", /is missing/],
    ["another version", "ociVersion", "2.0.0", "ociVersion", /"2.0.0" must match/],
    ["no layers", "windows.layerFolders", [], "windows.layerFolders", /at least 1 item$/],
    ["a layer that is no text", "windows.layerFolders", [1], "windows.layerFolders[0]", /must be a string, is 1/],
    ["an empty directory", "process.cwd", "", "process.cwd", /must not be empty/],
    ["neither list nor line", "process.args", undefined, "process", /must have args or have commandLine/],
    ["a variable with a NUL", "process.env", ["A=\0"], "process.env[0]", /must match/],
    ["a share above the whole", "windows.resources", { cpu: { maximum: 10_001 } }, "windows.resources.cpu.maximum", /from 0 to 10000/],
    ["a negative limit", "windows.resources", { memory: { limit: -1 } }, "windows.resources.memory.limit", /at least 0/],
    ["a fraction", "windows.resources", { memory: { limit: 1.5 } }, "windows.resources.memory.limit", /an integer, is 1.5/],
    ["a credential spec that is a number", "windows.credentialSpec", 5, "windows.credentialSpec", /must be an object or be a string/],
    ["an annotation that is no text", "annotations", { a: null }, "annotations.a", /is null/],
    ["a mount without a destination", "mounts", [{}], "mounts[0].destination", /is missing/],
    ["no volume path", "root.path", "C:\\x", "root.path", /volume GUID path/],
    ["a root under Hyper-V", "windows.hyperv", {}, "root.path", /empty or absent/],
    ["two processor limits", "windows.resources", { cpu: { count: 1, shares: 2 } }, "windows.resources.cpu", /only one/],
    ["a namespace beside endpoints", "windows.network", { networkNamespace: "a", endpointList: [] }, "windows.network", /nothing beside/],
    ["Linux without a utility VM", "linux", {}, "windows.hyperv", /needs a utility VM/],
    ["no Windows part", "windows", undefined, "windows", /is missing/],
  ])("with %s is refused, with the place", (_name, field, value, path, message) => {
    const spec: unknown = JSON.parse(JSON.stringify(createSpec(specInput()).spec));
    set(spec as Record<string, unknown>, field.split("."), value);
    expect(checkRuntimeSpec(spec)).toEqual([{ path, message: expect.stringMatching(message) }]);
  });

  function set(target: Record<string, unknown>, [key = "", ...rest]: string[], value: unknown): void {
    if (rest.length > 0) set(target[key] as Record<string, unknown>, rest, value);
    else if (value === undefined) delete target[key];
    else target[key] = value;
  }

  test.each([null, [], "spec", 5])("that is no object is refused: %j", (value) => {
    expect(checkRuntimeSpec(value)).toEqual([{ path: "", message: expect.stringMatching(/must be an object/) }]);
  });

  test("is an error that lists each place", () => {
    expect(() => assertRuntimeSpec({ ociVersion: 1, process: { cwd: "C:\\" } })).toThrow(
      "invalid runtime spec: ociVersion must be a string, is 1; process.user is missing; process must have args or have commandLine",
    );
  });
});
