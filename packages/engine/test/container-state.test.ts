import { describe, expect, it } from "vitest";
import { assertTransition, containerTransitions, type StoredStatus } from "../src/containers/container-state.ts";

const states = Object.keys(containerTransitions) as StoredStatus[];

describe("the states of a container", () => {
  const illegal = states.flatMap((from) =>
    states.filter((to) => to !== from && !containerTransitions[from].includes(to)).map((to) => [from, to] as const),
  );

  it.each(illegal)("%s is never followed by %s", (from, to) => {
    expect(() => assertTransition("c1", from, to)).toThrow(`container c1 cannot go from ${from} to ${to}`);
  });

  it.each(states.flatMap((from) => containerTransitions[from].map((to) => [from, to] as const)))("%s may be followed by %s", (from, to) => {
    expect(() => assertTransition("c1", from, to)).not.toThrow();
  });

  it("never removes what runs, and never runs what is being removed", () => {
    expect(containerTransitions.running).not.toContain("removing");
    expect(containerTransitions.paused).not.toContain("removing");
    expect(containerTransitions.removing).not.toContain("running");
    expect(containerTransitions.dead).toEqual(["removing"]);
  });

  it("reaches every state from the first", () => {
    const reached = new Set<StoredStatus>(["creating"]);
    for (const state of reached) for (const next of containerTransitions[state]) reached.add(next);
    expect([...reached].sort()).toEqual([...states].sort());
  });
});
