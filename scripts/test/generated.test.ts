import { describe, expect, it } from "vitest";
import { mergeConfig, parseConfig } from "../../packages/kernel/src/index.ts";
import { exampleFile } from "../configuration-docs.ts";
import { generatedFiles, readGenerated, saysTheSame } from "../generate.ts";

describe("a generated file", () => {
  it.each(generatedFiles)("$path is up to date (pnpm generate)", async ({ path, render }) => {
    const present = await readGenerated(path);
    expect(saysTheSame(path, present, render(present))).toBe(true);
  });
});

it("the example of docs/configuration.md is a valid file that says what holds anyway", () => {
  expect(mergeConfig([parseConfig(exampleFile(), "example")], "linux")).toEqual(mergeConfig([], "linux"));
});
