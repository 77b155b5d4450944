import { FailedPreconditionError, InternalError, NotFoundError, UnavailableError } from "@oriel/contracts";
import type { ContainerState, EngineEvent } from "@oriel/engine";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answerFor } from "../src/http/error-answer.ts";
import { parseFilters, readQueryValues } from "../src/http/query-values.ts";
import { startFault } from "../src/http/start-fault.ts";
import { parseTimestamp } from "../src/http/timestamps.ts";
import { eventFilter, eventMessage } from "../src/views/event-view.ts";
import { humanDuration } from "../src/views/human-duration.ts";
import { statusText } from "../src/views/status-text.ts";

describe("durations in words", () => {
  test.each([
    [0, "Less than a second"],
    [999, "Less than a second"],
    [1000, "1 second"],
    [59_999, "59 seconds"],
    [60_000, "About a minute"],
    [119_999, "About a minute"],
    [120_000, "2 minutes"],
    [3_599_999, "59 minutes"],
    [3_600_000, "About an hour"],
    [5_399_999, "About an hour"],
    [5_400_000, "2 hours"],
    [47 * 3_600_000, "47 hours"],
    [48 * 3_600_000, "2 days"],
    [14 * 86_400_000, "2 weeks"],
    [60 * 86_400_000, "2 months"],
    [730 * 86_400_000, "2 years"],
    [-5, "Less than a second"],
  ])("%i ms: %s", (milliseconds, words) => {
    expect(humanDuration(milliseconds)).toBe(words);
  });
});

describe("the status of a container", () => {
  const now = new Date("2026-01-02T00:10:00Z");
  const state: ContainerState = {
    status: "created",
    pid: 0,
    exitCode: 7,
    oomKilled: false,
    error: "",
    startedAt: new Date("2026-01-02T00:09:55Z"),
    finishedAt: new Date("2026-01-02T00:08:00Z"),
  };
  test.each([
    ["created", "Created"],
    ["running", "Up 5 seconds"],
    ["paused", "Up 5 seconds (Paused)"],
    ["restarting", "Restarting (7) 2 minutes ago"],
    ["exited", "Exited (7) 2 minutes ago"],
    ["removing", "Removal In Progress"],
    ["dead", "Dead"],
  ] as const)("%s", (status, text) => {
    expect(statusText({ ...state, status }, now)).toBe(text);
  });
});

describe("failed starts", () => {
  const op = "container.start";
  test.each([
    ["x: The system cannot find the file specified. (0x2)", 400, "x: The system cannot find the file specified. (0x2)"],
    ["[Event Detail: THE SYSTEM CANNOT FIND THE FILE SPECIFIED.]", 400, "[Event Detail: THE system cannot find the file specified.]"],
    ["x: Permission denied", 400, "x: permission denied"],
    ["No such container: x", 404, "No such container: x"],
  ])("%s", (message, status, answered) => {
    expect(answerFor(startFault(new NotFoundError(message, { op })))).toEqual({ status, message: answered });
  });

  test.each([
    [0x8007_0002, 400, "x did not start: The system cannot find the file specified."],
    [0x8007_0003 | 0, 400, "x did not start: The system cannot find the file specified."],
    [0x8007_0005, 400, "x did not start: permission denied"],
    [0x8007_00c1, 400, "x did not start: permission denied"],
    [0x8037_0109, 500, "x did not start"],
  ])("an HRESULT of %i somewhere below", (hresult, status, message) => {
    const cause = new Error("below", { cause: Object.assign(new Error("call"), { hresult, op: "hcs::System::CreateProcess" }) });
    expect(answerFor(startFault(new InternalError("x did not start", { op, cause })))).toEqual({ status, message });
  });

  test("a missing file of another call is not the program", () => {
    const cause = Object.assign(new Error("call"), { hresult: 0x8007_0002, op: "ActivateLayer" });
    const error = new InternalError("the layer is damaged", { op, cause });
    expect(startFault(error)).toBe(error);
  });

  test.each([
    [
      "The system cannot find the file specified. (0x2)\n[Event Detail: the system cannot find the file specified.]",
      "hcs::CreateComputeSystem",
    ],
    ["The system cannot find the file specified. (0x2)", "ActivateLayer"],
  ])("a file that %s lacks in %s is not docker's 127: none of the words that it looks for are left", (words, call) => {
    const failed = Object.assign(new FailedPreconditionError(`container x encountered an error during ${call}: ${words}`, { op: call }), {
      hresult: 0x8007_0002,
    });
    const { status, message } = answerFor(startFault(failed));
    expect(status).toBe(409);
    expect(message).toContain(`${call}: The system cannot find a file that was specified. (0x2)`);
    expect(message).not.toMatch(/system cannot find the file specified|no such file or directory|executable file not found/);
  });

  test.each(["ENOENT: no such file or directory, open '/o/c1-json.log'", "EACCES: permission denied, open '/o/c1-json.log'"])(
    "%s of the engine's own files is neither docker's 127 nor its 126",
    (message) => {
      const cause = Object.assign(new Error(message), { code: "ENOENT", syscall: "open" });
      const answer = answerFor(startFault(new InternalError(`container.start: ${message}`, { op, cause })));
      expect(answer.status).toBe(500);
      expect(answer.message).not.toMatch(/no such file or directory|permission denied/);
      expect(answer.message).toContain("/o/c1-json.log");
    },
  );

  test("what is no error of ours stays as it is", () => {
    const error = new Error("no such file or directory");
    expect(startFault(error)).toBe(error);
  });
});

describe("errors", () => {
  test("a remedy follows the message once", () => {
    const answer = (message: string, remedy: string) => answerFor(new UnavailableError(message, { op: "x.y", remedy })).message;
    expect(answer("Wine is not there", "Install it.")).toBe("Wine is not there. Install it.");
    expect(answer("Wine is not there.", "install it.")).toBe("Wine is not there. Install it.");
    expect(answer("first\n[second]", "Install it.")).toBe("first\n[second]\nInstall it.");
    expect(answer("Wine is not there. Install it.", "Install it.")).toBe("Wine is not there. Install it.");
  });

  test.each([undefined, null, "text", new Error("x"), { statusCode: 200 }])("anything thrown is answered: %j", (thrown) => {
    expect(answerFor(thrown).status).toBe(500);
  });
});

describe("query values", () => {
  test.each([
    ["1", true],
    ["true", true],
    ["True", true],
    ["yes", true],
    ["", false],
    ["0", false],
    ["FALSE", false],
    ["no", false],
    ["none", false],
  ])("a flag of %j is %s", (text, flag) => {
    const query: Record<string, unknown> = { flag: text };
    readQueryValues(query, { flag: { type: "boolean" } });
    expect(query).toEqual({ flag });
  });

  test("numbers are read, and what is none is left to be refused", () => {
    const query: Record<string, unknown> = { a: "5", b: "-1", c: "1.5", d: "", e: ["7", "8"], f: "0x1" };
    readQueryValues(query, Object.fromEntries([..."abcdef"].map((name) => [name, { type: "integer" }])));
    expect(query).toEqual({ a: 5, b: -1, c: "1.5", e: 7, f: "0x1" });
  });

  test("filters of either form are the same", () => {
    expect(parseFilters('{"label":["a","b"]}')).toEqual({ label: ["a", "b"] });
    expect(parseFilters('{"label":{"a":true,"b":true,"c":false}}')).toEqual({ label: ["a", "b"] });
    expect([parseFilters(undefined), parseFilters(""), parseFilters("{}")]).toEqual([{}, {}, {}]);
  });

  test("filters of any text are read or refused", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          for (const values of Object.values(parseFilters(text))) expect(values.every((value) => typeof value === "string")).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: "InvalidArgument" });
        }
      }),
    );
  });

  test("times keep their milliseconds in both forms", () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(1), max: new Date("2999-01-01"), noInvalidDate: true }), (date) => {
        expect(parseTimestamp("since", date.toISOString())).toEqual(date);
        expect(parseTimestamp("since", (date.getTime() / 1000).toFixed(9))?.getTime()).toBeCloseTo(date.getTime(), -1);
      }),
    );
    expect(parseTimestamp("since", "2026-01-02T03:04:05+02:00")?.toISOString()).toBe("2026-01-02T01:04:05.000Z");
    for (const none of [undefined, "", "0", "0.000000000"]) expect(parseTimestamp("since", none)).toBeUndefined();
    for (const bad of ["x", "2026-1-02", "2026-13-02T03:04:05Z", "1e3", "99999999999999", "h", "5d", "2026-01-02T"]) {
      expect(() => parseTimestamp("since", bad), bad).toThrow(
        `invalid value for "since": failed to parse value as time or duration: ${JSON.stringify(bad)}`,
      );
    }
  });
});

describe("events", () => {
  const id = "0123456789abcdef";
  const event: EngineEvent = {
    type: "container",
    action: "die",
    actor: { id, attributes: { name: "web", image: "oriel/nano:1", exitCode: "7" } },
    time: new Date("2026-01-02T03:04:05.678Z"),
  };

  test("have Docker's shape, the older fields included", () => {
    expect(eventMessage(event)).toEqual({
      status: "die",
      id,
      from: "oriel/nano:1",
      Type: "container",
      Action: "die",
      Actor: { ID: id, Attributes: { name: "web", image: "oriel/nano:1", exitCode: "7" } },
      scope: "local",
      time: 1_767_323_045,
      timeNano: 1_767_323_045_678_000_000,
    });
  });

  test.each([
    [{}, true],
    [{ type: ["container"] }, true],
    [{ type: ["image"] }, false],
    [{ type: ["image", "container"] }, true],
    [{ event: ["die"] }, true],
    [{ event: ["start"] }, false],
    [{ container: ["web"] }, true],
    [{ container: ["0123456789ab"] }, true],
    [{ container: ["0123"] }, true],
    [{ container: ["we"] }, true],
    [{ container: ["eb"] }, false],
    [{ container: ["other", "web"] }, true],
    [{ network: ["nat"] }, false],
    [{ event: ["di"] }, false],
    [{ image: ["oriel/nano:1"] }, true],
    [{ image: ["oriel"] }, false],
    [{ label: ["exitCode", "name=web"] }, true],
    [{ label: ["exitCode=7", "name=other"] }, false],
    [{ scope: ["local"] }, true],
    [{ scope: ["swarm"] }, false],
    [{ container: [] }, true],
    [{ image: ["oriel/nano"] }, true],
    [{ image: ["oriel/nano:2"] }, false],
    [{ label: ["exitCode=7"] }, true],
    [{ label: ["exitCode=8"] }, false],
    [{ type: ["container"], event: ["start"] }, false],
  ])("%j lets it through: %s", (filters: Record<string, string[]>, through) => {
    expect(eventFilter(filters)(event)).toBe(through);
  });

  test("an unknown filter is refused", () => {
    expect(() => eventFilter({ color: ["red"] })).toThrow(/^invalid filter 'color'$/);
  });
});
