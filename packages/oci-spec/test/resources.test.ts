import type { HostConfig } from "@oriel/contracts";
import { describe, expect, test } from "vitest";
import type { Isolation } from "../src/spec/isolation.ts";
import { cpuResources, windowsResources } from "../src/spec/resources.ts";

const of = (hostConfig: HostConfig, isolation: Isolation = "process", processors = 4) => {
  const warnings: string[] = [];
  return { resources: windowsResources(hostConfig, isolation, processors, warnings), warnings };
};

describe("NanoCPUs, for every hundredth of a CPU from 0.01 to 64 on 1 to 64 processors", () => {
  const rows = Array.from({ length: 64 }, (_, index) => index + 1);

  test.each(rows)("process isolation on %i processors: a share that is never 0 and never above the limit", (processors) => {
    for (let hundredths = 1; hundredths <= processors * 100; hundredths += 1) {
      const warnings: string[] = [];
      const cpu = cpuResources({ NanoCpus: hundredths * 10_000_000 }, "process", processors, warnings);
      const maximum = cpu?.maximum ?? 0;
      // Whole numbers, so that nothing is lost in the comparison: share × processors ≤ limit, in millionths of a CPU.
      const isRight = Object.keys(cpu ?? {}).join() === "maximum" && maximum >= 1 && maximum * processors * 100 <= hundredths * 10_000;
      if (!isRight || warnings.length > 0) expect.fail(`${hundredths / 100} CPUs on ${processors}: ${JSON.stringify({ cpu, warnings })}`);
      // And it is the largest such share.
      if ((maximum + 1) * processors * 100 <= hundredths * 10_000)
        expect.fail(`${hundredths / 100} CPUs on ${processors}: ${maximum} is too low`);
    }
    expect(() => cpuResources({ NanoCpus: processors * 1e9 + 1 }, "process", processors, [])).toThrow(`from 0.01 to ${processors}.00`);
  });

  test.each(rows)("Hyper-V on %i processors: processors for the machine, and a share of them for a fraction", (processors) => {
    for (let hundredths = 1; hundredths <= processors * 100; hundredths += 1) {
      const cpu = cpuResources({ NanoCpus: hundredths * 10_000_000 }, "hyperv", processors, []);
      const { count = 0, maximum = 10_000 } = cpu ?? {};
      const isWhole = hundredths % 100 === 0;
      const isRight =
        count >= 1 &&
        count <= processors &&
        maximum >= 1 &&
        count * maximum * 100 <= hundredths * 10_000 &&
        (cpu?.maximum === undefined) === isWhole;
      if (!isRight) expect.fail(`${hundredths / 100} CPUs on ${processors}: ${JSON.stringify(cpu)}`);
    }
  });

  test("a limit too small to be set on very many processors is the smallest there is, with a warning", () => {
    expect(of({ NanoCpus: 10_000_000 }, "process", 128)).toEqual({
      resources: { cpu: { maximum: 1 } },
      warnings: [expect.stringContaining("0.01 CPUs is below the smallest that can be set on 128 processors")],
    });
  });
});

describe("processor limits", () => {
  test("stand alone: what was not asked for is absent", () => {
    expect(of({}).resources).toBeUndefined();
    expect(of({ CpuCount: 0, CpuShares: 0, CpuPercent: 0, NanoCpus: 0, Memory: 0, IOMaximumIOps: 0 }).resources).toBeUndefined();
    expect(of({ CpuShares: 500 }).resources).toEqual({ cpu: { shares: 500 } });
    expect(of({ CpuPercent: 50 }).resources).toEqual({ cpu: { maximum: 5000 } });
    expect(of({ CpuCount: 3 }).resources).toEqual({ cpu: { count: 3 } });
  });

  test.each<[HostConfig, RegExp]>([
    [{ CpuShares: 65_636 }, /CPUShares 65636: range of CPUShares is from 1 to 10000/],
    [{ CpuShares: -1 }, /CPUShares -1/],
    [{ CpuShares: 1.5 }, /CPUShares 1.5/],
    [{ CpuPercent: 101 }, /CPUPercent 101: range of CPUPercent is from 1 to 100/],
    [{ CpuPercent: 656 }, /CPUPercent 656/],
    [{ CpuCount: -1 }, /CPUCount -1: must be a whole number/],
    [{ NanoCpus: -1 }, /NanoCPUs -1: range of CPUs is from 0.01 to 4.00/],
    [{ NanoCpus: Number.NaN }, /NanoCPUs NaN/],
    [{ IOMaximumIOps: -5 }, /IOMaximumIOps -5/],
    [{ IOMaximumBandwidth: 2 ** 53 }, /IOMaximumBandwidth/],
  ])("out of range are refused, not cut to 16 bits: %j", (hostConfig, message) => {
    expect(() => of(hostConfig)).toThrow(message);
  });

  test.each<[HostConfig, RegExp]>([
    [{ NanoCpus: 1e9, CpuCount: 1 }, /Nano CPUs and CPU Count cannot both be set \(1000000000, 1\)/],
    [{ NanoCpus: 1e9, CpuPercent: 1 }, /Nano CPUs and CPU Percent/],
    [{ NanoCpus: 1e9, CpuShares: 1 }, /Nano CPUs and CPU Shares/],
  ])("that say different things are refused under both isolations: %j", (hostConfig, message) => {
    expect(() => of(hostConfig)).toThrow(message);
    expect(() => of(hostConfig, "hyperv")).toThrow(message);
  });

  test.each<[HostConfig, object]>([
    [
      { CpuCount: 1, CpuShares: 5 },
      { count: 1, shares: 5 },
    ],
    [
      { CpuCount: 1, CpuPercent: 5 },
      { count: 1, maximum: 500 },
    ],
    [
      { CpuShares: 1, CpuPercent: 5 },
      { shares: 1, maximum: 500 },
    ],
  ])("of which the compute service takes one are refused for process isolation only: %j", (hostConfig, cpu) => {
    expect(() => of(hostConfig)).toThrow(/cannot both be set under process isolation/);
    expect(of(hostConfig, "hyperv").resources).toEqual({ cpu });
  });

  test("above the host's processors are lowered, and the user is told", () => {
    expect(of({ CpuCount: 9 })).toEqual({
      resources: { cpu: { count: 4 } },
      warnings: ["CPU count 9 is more than this host has; 4 are used."],
    });
  });
});

describe("memory", () => {
  const mebibyte = 1024 * 1024;
  test.each([
    [mebibyte, mebibyte],
    [mebibyte + 1, 2 * mebibyte],
    [512 * mebibyte, 512 * mebibyte],
  ])("of %i bytes is rounded up to a whole MiB", (asked, set) => {
    expect(of({ Memory: asked }).resources).toEqual({ memory: { limit: set } });
  });

  test("under 1 MiB is refused, as it would become no limit at all", () => {
    expect(() => of({ Memory: mebibyte - 1 })).toThrow("Memory 1048575: the smallest limit is 1048576 bytes (1 MiB)");
  });
});

test("storage limits are set each by itself", () => {
  expect(of({ IOMaximumIOps: 100 }).resources).toEqual({ storage: { iops: 100 } });
  expect(of({ IOMaximumBandwidth: 100 }).resources).toEqual({ storage: { bps: 100 } });
});
