import { HCS } from "@oriel/contracts";
import { describe, expect, it } from "vitest";
import { checkState, type SystemRequest, type SystemState, shownStates, takenIn } from "../src/compute/system-states.ts";
import { hresultOf } from "../src/host/answers.ts";

const states = Object.keys(shownStates) as SystemState[];
const requests = Object.keys(takenIn) as SystemRequest[];

function answerOf(state: SystemState, request: SystemRequest): number {
  try {
    checkState("c", state, request);
    return 0;
  } catch (error) {
    return hresultOf(error);
  }
}

describe("requests in the states of a compute system", () => {
  it.each(requests.flatMap((request) => states.map((state) => [request, state] as const)))("%s while %s", (request, state) => {
    const taken: readonly SystemState[] = takenIn[request];
    const refused = state === "Stopped" || state === "Stopping" ? HCS.SYSTEM_ALREADY_STOPPED : HCS.INVALID_STATE;
    expect(answerOf(state, request)).toBe(taken.includes(state) ? 0 : refused);
  });

  it("lets everything but what has ended be terminated, and nothing that has ended do anything", () => {
    expect(states.filter((state) => answerOf(state, "terminate") !== 0)).toEqual(["Stopped"]);
    expect(requests.filter((request) => answerOf("Stopped", request) === 0)).toEqual([]);
  });
});
