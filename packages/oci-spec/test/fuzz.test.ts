import { foldName } from "@oriel/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkRuntimeSpec } from "../src/checks/check-runtime-spec.ts";
import { buildCommandLine } from "../src/command-line/command-line.ts";
import { parseCommandLine, parseCommandLineAsShell } from "../src/command-line/parse-command-line.ts";
import { isOrielError } from "../src/core.ts";
import { credentialSpecSegments } from "../src/credentials/credential-spec-path.ts";
import { parseEnvironment } from "../src/process/environment.ts";
import { createSpec } from "../src/spec/create-spec.ts";
import { specInput } from "./spec-input.ts";

const line = fc.string({ unit: fc.constantFrom('"', "\\", " ", "\t", "a", "b", "\n"), maxLength: 40 });
const environment = fc.array(fc.string({ unit: fc.constantFrom("A", "a", "ß", "=", "B", " "), maxLength: 6 }));

describe("what others wrote", () => {
  test("is a command line that can be parsed, and built again to the same words", () => {
    fc.assert(
      fc.property(line, (text) => {
        const words = parseCommandLine(text);
        expect(parseCommandLine(buildCommandLine(words))).toEqual(words);
        expect(parseCommandLineAsShell(text).length).toBeGreaterThan(0);
      }),
      { numRuns: 5_000 },
    );
  });

  test("is an environment with one variable per name", () => {
    fc.assert(
      fc.property(environment, (entries) => {
        const names = [...parseEnvironment(entries).keys()].map(foldName);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });

  test("is a spec that is sound or has its faults named", () => {
    const part = fc.jsonValue({ maxDepth: 4 });
    const spec = fc.record({ ociVersion: part, process: part, root: part, mounts: part, windows: part, linux: part }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.oneof(part, spec), (value) => {
        for (const issue of checkRuntimeSpec(value)) expect(issue.message).not.toBe("");
      }),
      { numRuns: 2_000 },
    );
  });

  test("is a credential spec path that is refused, or made of plain names", () => {
    const location = fc.string({ unit: fc.constantFrom(".", "/", "\\", "a", " ", ":", "~", "$", "n", "u", "l"), maxLength: 12 });
    fc.assert(
      fc.property(location, (text) => {
        const segments = segmentsOrRefusal(text);
        for (const segment of segments) expect(segment).toMatch(/^[^\\/:]*[^\\/:. ]$/);
      }),
      { numRuns: 5_000 },
    );
  });

  test("is a container that makes a sound spec, or an error that says what was wrong", () => {
    const text = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom("C:\\x", "hyperv", "class/x", "\\\\.\\pipe\\a"));
    const number = fc.oneof(fc.integer({ min: -2, max: 70_000 }), fc.constantFrom(0, 1e9, 15e8, 2 ** 40, 0.5));
    const optional = { requiredKeys: [] };
    const container = fc.record({
      config: fc.record(
        { Cmd: fc.array(text), Env: fc.array(text), WorkingDir: text, Hostname: text, ArgsEscaped: fc.boolean() },
        optional,
      ),
      hostConfig: fc.record({ Isolation: text, CpuShares: number, CpuCount: number, NanoCpus: number, Memory: number }, optional),
      mounts: fc.array(fc.record({ source: text, destination: text }), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(container, ({ config, hostConfig, mounts }) => {
        const input = specInput({ config: { Image: "x", ...config }, hostConfig: hostConfig as object, mounts });
        const made = attempt(() => createSpec(input).spec);
        if (isOrielError(made)) expect(made.code).toBe("InvalidArgument");
        else expect(checkRuntimeSpec(made)).toEqual([]);
      }),
      { numRuns: 3_000 },
    );
  });
});

function segmentsOrRefusal(location: string): string[] {
  const found = attempt(() => credentialSpecSegments(location));
  return Array.isArray(found) ? found : [];
}

/** What `work` answers, or the InvalidArgument that it throws; another error goes through. */
function attempt<T>(work: () => T): T | Error {
  try {
    return work();
  } catch (error) {
    if (isOrielError(error, "InvalidArgument")) return error;
    throw error;
  }
}
