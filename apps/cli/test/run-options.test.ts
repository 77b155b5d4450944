import { describe, expect, it } from "vitest";
import { createBody } from "../src/run/run-options.ts";
import { startFailureCode } from "../src/run/start-failure-code.ts";

describe("the request for a container", () => {
  it("names only what was given", () => {
    expect(createBody("oriel/nano", [], {}, {})).toEqual({
      Image: "oriel/nano",
      AttachStdin: false,
      AttachStdout: true,
      AttachStderr: true,
      OpenStdin: false,
      StdinOnce: false,
      HostConfig: { AutoRemove: false },
    });
  });

  it("has the size of the screen for a terminal, and only then", () => {
    const size = { height: 30, width: 90 };
    expect(createBody("i", [], { tty: true }, {}, size)).toMatchObject({ Tty: true, HostConfig: { ConsoleSize: [30, 90] } });
    expect(createBody("i", [], {}, {}, size).HostConfig).toEqual({ AutoRemove: false });
  });

  it("has all that was given", () => {
    const options = {
      interactive: true,
      rm: true,
      env: ["A=1", "B", "C", "D="],
      workdir: "C:\\x",
      user: "ContainerUser",
      hostname: "web",
      entrypoint: "cmd.exe",
      isolation: "process",
      label: { tier: "front" },
    } as const;
    expect(createBody("i", ["/c", "ver"], options, { B: "2" })).toEqual({
      Image: "i",
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      OpenStdin: true,
      StdinOnce: true,
      Cmd: ["/c", "ver"],
      Env: ["A=1", "B=2", "C", "D="],
      WorkingDir: "C:\\x",
      User: "ContainerUser",
      Hostname: "web",
      Entrypoint: ["cmd.exe"],
      Labels: { tier: "front" },
      HostConfig: { AutoRemove: true, Isolation: "process" },
    });
  });

  it("keeps the input open for others when it is not attached", () => {
    const body = createBody("i", [], { interactive: true, detach: true }, {});
    expect(body).toMatchObject({ AttachStdin: false, AttachStdout: false, OpenStdin: true, StdinOnce: false });
  });

  it("takes the entrypoint away when it is empty", () => {
    expect(createBody("i", [], { entrypoint: "" }, {}).Entrypoint).toEqual([""]);
  });
});

describe("the exit code of a container that could not be run", () => {
  it.each([
    ["x.exe: failure in a Windows system call: The system cannot find the file specified. (0x2)", 127],
    ["x.exe: permission denied", 126],
    ["No such image: x", 125],
    ["cannot reach unix:///x.sock: permission denied", 125],
  ])("%j is %d", (message, code) => {
    expect(startFailureCode(new Error(message))).toBe(code);
  });
});
