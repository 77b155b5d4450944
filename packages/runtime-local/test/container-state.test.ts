import { describe, expect, it } from "vitest";
import { type ContainerState, nextState, statusOf, transitions } from "../src/container-state.ts";

const states = Object.keys(transitions) as ContainerState[];
const pairs = states.flatMap((from) => states.map((to) => ({ from, to })));

describe("the states of a container", () => {
  it.each(pairs.filter(({ from, to }) => transitions[from].includes(to)))("$from can become $to", ({ from, to }) => {
    expect(nextState("c1", from, to)).toBe(to);
  });

  it.each(pairs.filter(({ from, to }) => !transitions[from].includes(to)))("$from cannot become $to", ({ from, to }) => {
    expect(() => nextState("c1", from, to)).toThrow(`container c1 is ${from} and cannot become ${to}`);
  });

  it("all lead to stopped, which leads nowhere", () => {
    const reaches = (state: ContainerState, seen: ReadonlySet<ContainerState>): boolean =>
      state === "stopped" || transitions[state].some((next) => !seen.has(next) && reaches(next, new Set([...seen, next])));
    for (const state of states) expect(reaches(state, new Set([state])), state).toBe(true);
    expect(transitions.stopped).toEqual([]);
  });

  it("show as running until nothing is left of the container", () => {
    expect(statusOf).toEqual({
      created: "created",
      starting: "created",
      running: "running",
      paused: "paused",
      stopping: "running",
      stopped: "stopped",
    });
  });
});
