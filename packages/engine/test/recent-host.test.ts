import type { HostFacts } from "@oriel/contracts";
import { describe, expect, it } from "vitest";
import { recentHost } from "../src/recent-host.ts";

describe("facts of the host", () => {
  const askedHost = () => {
    let asked = 0;
    let time = 0;
    const state = { fails: false };
    const host = recentHost(
      {
        inspect: async () => {
          asked += 1;
          if (state.fails) throw new Error("the host does not answer");
          return { processors: asked } as HostFacts;
        },
      },
      () => time,
    );
    return { host, state, count: () => asked, pass: (milliseconds: number) => (time += milliseconds) };
  };

  it("are asked for once, however many requests want them at the same time or soon after", async () => {
    const { host, count, pass } = askedHost();
    await Promise.all([host.inspect(), host.inspect(), host.inspect()]);
    pass(4999);
    expect([(await host.inspect()).processors, count()]).toEqual([1, 1]);
  });

  it("are asked for again after five seconds, so that a change of the host is seen", async () => {
    const { host, pass } = askedHost();
    await host.inspect();
    pass(5000);
    expect((await host.inspect()).processors).toBe(2);
  });

  it("that could not be read are asked for again by the next request", async () => {
    const { host, state } = askedHost();
    state.fails = true;
    await expect(host.inspect()).rejects.toThrow("the host does not answer");
    state.fails = false;
    expect((await host.inspect()).processors).toBe(2);
  });
});
