import { describe, expect, it } from "vitest";
import { compareScenario } from "../src/scenarios/compare-scenario.ts";
import { type ExplainedDifference, explainedWith } from "../src/scenarios/explained-differences.ts";
import { Names } from "../src/scenarios/names.ts";
import { majorVersion, type ProgramVersions } from "../src/scenarios/program-versions.ts";
import { type DaemonCall, readRecording, type Scenario } from "../src/scenarios/recording.ts";
import { outdated, reportScenario, scenarioTable, unexplained } from "../src/scenarios/scenario-report.ts";

const root = "C:\\oriel-x\\data";
const container = "c0ffee12".repeat(8);
const layer = "ab".repeat(32);
const guid = "0123ABCD-0000-4000-8000-000000000001";

function call(name: string, document: object | string = "", hresult = "0x00000000"): DaemonCall {
  return { call: name, target: "", document: typeof document === "string" ? document : JSON.stringify(document), hresult };
}

function scenario(calls: readonly DaemonCall[], step: Partial<Scenario["steps"][0]> = {}): Scenario {
  return { name: "one", steps: [{ docker: ["run", "image"], rc: 0, stdout: "", stderr: "", ...step }], calls };
}

describe("ids of a recording", () => {
  it("stand for ours, in either case, wherever they are used alike", () => {
    const names = new Names({ ours: root, recorded: "C:\\docker" });
    expect(names.match("C:\\docker\\<id2> {<guid3>} <id2>", `${root}\\${container} {${guid}} ${container}`)).toBe(true);
    expect(names.match("<guid3>", guid.toLowerCase())).toBe(true);
    expect(names.match("<id2>:12", container.slice(0, 12))).toBe(true);
    expect(names.normalised(`${container} ${container.slice(0, 12)} ${root} ${layer}`)).toBe("<id2> <id2>:12 C:\\docker <id>");
  });

  it("do not stand for two of ours, nor two of them for one", () => {
    const names = new Names({ ours: root, recorded: "C:\\docker" });
    expect(names.match("<id1> <id1>", `${container} ${layer}`)).toBe(false);
    expect(names.match("<id1> <id2>", `${container} ${container}`)).toBe(false);
    expect(names.match("<id1>", container)).toBe(true);
    expect(names.match("<id1>", layer)).toBe(false);
    expect(names.match("<id2>", container)).toBe(false);
    expect(names.match("<id1>:12", layer.slice(0, 12))).toBe(false);
  });

  it("leave the moments of a text to be others", () => {
    const names = new Names({ ours: root, recorded: "C:\\docker" });
    expect(names.match('at "2026-11-30T19:50:39.570887Z".', 'at "2026-12-01T05:20:26.1Z".')).toBe(true);
    expect(names.match("2026-11-30T19:50:39Z", "yesterday")).toBe(false);
  });

  it("leave the rest of a text to be the same", () => {
    const names = new Names({ ours: root, recorded: "C:\\docker" });
    expect(names.match("a.b (<id1>)", `a.b (${container})`)).toBe(true);
    expect(names.match("a.b", "axb")).toBe(false);
    expect(names.match("a", "ab")).toBe(false);
  });
});

describe("a comparison", () => {
  const document = { Name: "<id2>", HostName: "<id2>:12", Layers: [{ ID: "<guid3>", Path: "C:\\docker\\<id0>" }], HvPartition: false };
  const ours = {
    HvPartition: false,
    HostName: container.slice(0, 12),
    Layers: [{ Path: `${root}\\${layer}`, ID: guid }],
    Name: container,
  };
  const create = (given: object) => call("HcsCreateComputeSystem", given);

  it("finds nothing where only ids, the root and the order of keys are others", () => {
    const recorded = scenario([create(document), call("HcsCloseComputeSystem")], { stdout: "<id2>\n" });
    const run = scenario([create(ours), call("HcsCloseComputeSystem")], { stdout: `${container}\n` });
    expect(compareScenario(recorded, run, root)).toEqual([]);
  });

  it("compares what is given to the network service, request by request", () => {
    const request = (target: string, given: object) => ({ ...call("HNSCall", given), target });
    const recorded = scenario([request("POST /networks/", { Name: "<id0>" }), request("POST /endpoints/", { VirtualNetwork: "<guid1>" })]);
    const run = scenario([
      request("POST /networks/", { Name: container }),
      request("POST /endpoints/", { VirtualNetwork: guid, Name: layer }),
    ]);
    expect(compareScenario(recorded, run, root)).toEqual([
      { aspect: "documents", where: "HNSCall POST /endpoints/.Name", dockerd: "absent", oriel: '"<id>"' },
    ]);
  });

  it.each([
    ["HvPartition", { ...ours, HvPartition: true }],
    ["Layers", { ...ours, Layers: [] }],
    ["Layers[0].Path", { ...ours, Layers: [{ ID: guid }] }],
    // One id of ours for two of the recording.
    ["Layers[0].Path", { ...ours, Name: layer }],
    ["Extra", { ...ours, Extra: 0 }],
  ])("finds the field of a document that is another: %s", (where, given) => {
    const differences = compareScenario(scenario([create(document)]), scenario([create(given)]), root);
    expect(differences.map((difference) => `${difference.aspect} ${difference.where}`)).toContain(
      `documents HcsCreateComputeSystem.${where}`,
    );
  });

  it("finds documents that are too few or too many", () => {
    const process = call("HcsCreateProcess", { CommandLine: "a" });
    const absent = { aspect: "documents", where: "HcsCreateProcess", dockerd: "a document", oriel: "absent" };
    expect(compareScenario(scenario([process]), scenario([]), root)).toContainEqual(absent);
    const more = { ...absent, dockerd: "absent", oriel: "a document" };
    expect(compareScenario(scenario([process]), scenario([process, process]), root)).toContainEqual(more);
  });

  it("finds exit codes, output, and calls that are made more often or fail", () => {
    const recorded = scenario([call("A"), call("B", "", "0xc0370103")], {
      rc: 3,
      stderr: "x\n\nRun 'docker run --help' for more information\n",
    });
    const run = scenario([call("A"), call("A"), call("B", "", "0x80070005")], { rc: 125, stderr: "y.\nSee 'docker run --help'.\n" });
    expect(compareScenario(recorded, run, root)).toEqual([
      { aspect: "exit codes", where: "docker run", dockerd: "3", oriel: "125" },
      { aspect: "output", where: "docker run: stderr", dockerd: '"x\\n"', oriel: '"y\\n"' },
      { aspect: "calls", where: "A", dockerd: "1", oriel: "2" },
      { aspect: "calls", where: "B", dockerd: "1", oriel: "absent" },
      { aspect: "calls", where: "B answered with 0x80070005", dockerd: "absent", oriel: "1" },
    ]);
  });

  it("does not mind what hint an old or a new client gives", () => {
    const recorded = scenario([], { stderr: "docker: no\n\nRun 'docker run --help' for more information\n" });
    expect(compareScenario(recorded, scenario([], { stderr: "docker: no.\nSee 'docker run --help'.\n" }), root)).toEqual([]);
  });
});

describe("a report", () => {
  const fewer: ExplainedDifference = {
    behaviour: "calls",
    scenarios: "all",
    aspect: "calls",
    where: ["A"],
    oriel: "fewer",
    reason: "A is kept.",
  };
  const other: ExplainedDifference = { behaviour: "calls", scenarios: ["two"], aspect: "calls", where: ["A"], reason: "Never met." };
  const run = scenario([]);
  const difference = { aspect: "calls", where: "A", dockerd: "2", oriel: "1" } as const;

  it("gives each difference its reason, and names those without one", () => {
    const more = { ...difference, oriel: "3" };
    const reports = [reportScenario(run, [difference, more], "windows", [other, fewer])];
    expect(reports[0]?.differences.map(({ explanation }) => explanation)).toEqual([fewer, undefined]);
    expect(unexplained(reports)).toEqual(["one, calls, A: dockerd 2, Oriel 3"]);
    const table = scenarioTable(reports, [other, fewer]);
    expect(table).toContain("| one      | yes             | yes         | yes            | A 4>4 (2, !) |");
    expect(table).toContain("2  A is kept.");
    expect(table).not.toContain("Never met.");
  });

  it("names reasons for what is not found", () => {
    expect(outdated([reportScenario(run, [difference], "windows", [other, fewer])], [other, fewer])).toEqual([other]);
  });

  it("of a host whose calls are not traced says so, and asks for no reasons of calls, nor of other hosts", () => {
    const report = reportScenario({ ...run, calls: undefined }, [], "emulated", [fewer]);
    expect(scenarioTable([report], [fewer])).toContain("| one      | yes             | yes         | not seen       | not seen");
    const here: ExplainedDifference = { behaviour: "output", host: "emulated", scenarios: "all", aspect: "output", reason: "Here." };
    expect(outdated([report], [fewer, here, { ...here, host: "windows" }])).toEqual([here]);
  });

  it("takes a reason only where it holds", () => {
    const here: ExplainedDifference = { ...fewer, host: "emulated" };
    expect(unexplained([reportScenario(run, [difference], "windows", [here])])).toHaveLength(1);
    expect(unexplained([reportScenario(run, [difference], "emulated", [here])])).toEqual([]);
  });

  it("takes a reason of a program's version with that version only", () => {
    const behaviours = (versions: ProgramVersions) => explainedWith("windows", versions).map(({ behaviour }) => behaviour);
    const older = behaviours({ docker: 27, wine: 8 });
    const newer = behaviours({ docker: 28, wine: 10 });
    expect(new Set(older.filter((behaviour) => !newer.includes(behaviour)))).toEqual(
      new Set(["`docker run --oom-kill-disable`", "`docker network rm` of a network that stays", "errors of `docker run`"]),
    );
    expect(newer.filter((behaviour) => !older.includes(behaviour))).toEqual(["`docker network inspect`", "`more`"]);
    expect(["Docker version 26.1.5+dfsg1, build a72d7cd", "wine-10.0 (Debian 10.0~repack-6)"].map(majorVersion)).toEqual([26, 10]);
    expect(() => majorVersion("no Wine")).toThrow("'no Wine' names no version");
  });

  it("compares nothing where the client itself did not know an option", () => {
    const refused = scenario([], { rc: 125, stderr: "unknown flag: --annotation\nSee 'docker run --help'.\n" });
    const report = reportScenario(refused, [difference], "windows", []);
    expect(report).toEqual({
      name: "one",
      host: "windows",
      isTraced: true,
      differences: [],
      refusedByClient: "unknown flag: --annotation",
    });
    expect(outdated([report], [fewer])).toEqual([]);
  });
});

it("the fixture holds the scenarios with their calls, and the images are there", async () => {
  const { scenarios, images } = await readRecording();
  expect(scenarios.length).toBe(85);
  expect(scenarios.find(({ name }) => name === "echo")?.calls.at(-1)?.call).toBe("DestroyLayer");
  expect(images.length).toBe(3);
});
