import { readFileSync } from "node:fs";
import { isOrielError } from "@oriel/contracts";
import { describe, expect, test } from "vitest";
import { checkRuntimeSpec } from "../src/checks/check-runtime-spec.ts";
import { validateHostConfig } from "../src/checks/validate-host-config.ts";
import { resolveCredentialSpec } from "../src/credentials/credential-spec.ts";
import { parseDevice } from "../src/spec/devices.ts";
import { readDockerWords } from "./docker-words.ts";
import { differences, ourSpec, scenarios } from "./recorded-scenarios.ts";

/**
 * Each known difference from dockerd: its heading in docs/compatibility.md, and the changes it stands for, by the
 * scenario that shows them.
 */
const known: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "Unset processor limits are absent": {
    cpus: ["windows.resources.cpu.count: 0 -> absent", "windows.resources.cpu.shares: 0 -> absent"],
    "cpu-count": ["windows.resources.cpu.maximum: 0 -> absent", "windows.resources.cpu.shares: 0 -> absent"],
    "cpu-shares": ["windows.resources.cpu.count: 0 -> absent", "windows.resources.cpu.maximum: 0 -> absent"],
    "cpu-percent": ["windows.resources.cpu.count: 0 -> absent", "windows.resources.cpu.shares: 0 -> absent"],
    "hyperv-cpus": ["windows.resources.cpu.shares: 0 -> absent"],
  },
  "A command given as an array is escaped, whatever the image says": {
    "args-escaped-overridden": [
      'process.args.0: absent -> "cmd"',
      'process.args.1: absent -> "/c"',
      'process.args.2: absent -> "echo a b"',
      'process.commandLine: "cmd /c \\"echo a b\\"" -> absent',
    ],
  },
};

const recorded = scenarios.flatMap((scenario) => scenario.specs.map((_, index) => ({ scenario, index })));
const explained = (name: string) => Object.values(known).flatMap((byScenario) => byScenario[name] ?? []);

describe("the specs that dockerd made", () => {
  test.each(recorded.map(({ scenario, index }) => [scenario.name, index, scenario] as const))(
    "for %s (spec %i) are ours too, but for the differences that are listed",
    async (name, index, scenario) => {
      const { ours, dockerds } = await ourSpec(scenario, index);
      expect(differences(dockerds, ours)).toEqual(explained(name));
      expect(checkRuntimeSpec(ours)).toEqual([]);
    },
  );

  test("are equal field for field in all but the listed ones", async () => {
    let equal = 0;
    for (const { scenario, index } of recorded) {
      const { ours, dockerds } = await ourSpec(scenario, index);
      if (differences(dockerds, ours).length === 0) equal += 1;
    }
    const differing = Object.values(known).flatMap((byScenario) => Object.keys(byScenario)).length;
    console.info(
      `${equal} of ${recorded.length} specs equal dockerd's; ${differing} differ as docs/compatibility.md says; none is unexplained`,
    );
    const page = readFileSync(new URL("../../../docs/compatibility.md", import.meta.url), "utf8");
    expect(page).toContain(`${equal} are equal`);
    expect({ equal, of: recorded.length }).toEqual({ equal: recorded.length - differing, of: 39 });
  });

  test("differ only in ways that docs/compatibility.md has under a heading", () => {
    const page = readFileSync(new URL("../../../docs/compatibility.md", import.meta.url), "utf8");
    for (const heading of Object.keys(known)) expect(page).toContain(`### ${heading}\n`);
  });

  test("are all valid by our schema, as far as Hyper-V and zeros go", () => {
    for (const { scenario, index } of recorded) {
      const text = JSON.stringify(scenario.specs[index])
        .replaceAll("<guid7>", "00000000-0000-4000-8000-000000000007")
        .replaceAll("<guid5>", "00000000-0000-4000-8000-000000000005");
      expect(checkRuntimeSpec(JSON.parse(text)), scenario.name).toEqual([]);
    }
  });
});

describe("what dockerd refused", () => {
  const files = {
    folder: "C:\\docker\\CredentialSpecs",
    realPath: async (path: string) => (path.endsWith("Specs") ? path : undefined),
    readFile: async () => "",
  };

  test.each(["credspec-missing-file", "credspec-no-scheme", "security-unknown", "device-bad"])(
    "is refused in the same words: %s",
    async (name) => {
      const scenario = scenarios.find((candidate) => candidate.name === name);
      const { hostConfig } = readDockerWords(scenario?.steps[0]?.docker ?? []);
      const refusal = await build(hostConfig).catch((error: unknown) => error);
      expect(isOrielError(refusal, "InvalidArgument")).toBe(true);
      expect(scenario?.steps[0]?.stderr).toBe(
        `docker: Error response from daemon: ${(refusal as Error).message}\n\nRun 'docker run --help' for more information\n`,
      );
    },
  );

  async function build(hostConfig: Parameters<typeof validateHostConfig>[0]): Promise<void> {
    validateHostConfig(hostConfig, { defaultIsolation: "process", processors: 2 });
    (hostConfig.Devices ?? []).map(parseDevice);
    await resolveCredentialSpec("<id2>", hostConfig.SecurityOpt, { files });
  }
});
