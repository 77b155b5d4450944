import { describe, expect, test } from "vitest";
import { commandOf, shellForm, windowsCommand } from "../src/command-line/command.ts";
import { createExecProcess, createHealthcheckProcess } from "../src/process/exec-process.ts";
import { mergeImageConfig } from "../src/process/merge-image-config.ts";

const entry = { Entrypoint: ["cmd.exe", "/c"], Cmd: ["echo default"] };
const shell = { Cmd: ['cmd /S /C echo "quoted word" & echo two'], ArgsEscaped: true };

describe("entrypoint and command", () => {
  test.each([
    ["the image's both", {}, ["cmd.exe", "/c", "echo default"]],
    ["the image's entrypoint with the container's command", { Cmd: ["dir"] }, ["cmd.exe", "/c", "dir"]],
    ["the container's entrypoint without the image's command", { Entrypoint: ["ping"] }, ["ping"]],
    ["the container's both", { Entrypoint: ["ping"], Cmd: ["-n", "1"] }, ["ping", "-n", "1"]],
    ["no entrypoint for an empty list, with the image's command", { Entrypoint: [] }, ["echo default"]],
    ["no entrypoint for an empty string", { Entrypoint: [""], Cmd: ["dir"] }, ["dir"]],
    ["the image's for null", { Entrypoint: null, Cmd: null }, ["cmd.exe", "/c", "echo default"]],
  ])("are %s", (_name, container, words) => {
    const { path, args } = commandOf(mergeImageConfig({ Image: "x", ...container }, entry));
    expect([path, ...args]).toEqual(words);
  });

  test("missing altogether is an error", () => {
    expect(() => commandOf(mergeImageConfig({ Image: "x" }, undefined))).toThrow("no command specified");
    expect(() => commandOf(mergeImageConfig({ Image: "x", Entrypoint: [""] }, entry))).toThrow("no command specified");
  });
});

describe("a shell form", () => {
  test("of the image reaches CreateProcess as written", () => {
    expect(windowsCommand(mergeImageConfig({ Image: "x" }, shell))).toEqual({ commandLine: shell.Cmd[0] });
  });

  test("is escaped no more once the user gives an array", () => {
    const merged = mergeImageConfig({ Image: "x", Cmd: ["C:\\Program Files\\a.exe", "a b"] }, shell);
    expect(merged.ArgsEscaped).toBeUndefined();
    expect(windowsCommand(merged)).toEqual({ args: ["C:\\Program Files\\a.exe", "a b"] });
  });

  test("as entrypoint takes the user's array escaped behind it", () => {
    const merged = mergeImageConfig({ Image: "x", Cmd: ["a b"] }, { Entrypoint: ['"C:\\p q\\a.exe" -x "y z"'], ArgsEscaped: true });
    expect(windowsCommand(merged)).toEqual({ commandLine: '"C:\\p q\\a.exe" -x "y z" "a b"' });
  });

  test("given with the container is kept whatever the image says", () => {
    const merged = mergeImageConfig({ Image: "x", ...shellForm('echo "a  b"') }, { Cmd: ["dir"] });
    expect(windowsCommand(merged)).toEqual({ commandLine: 'cmd /S /C echo "a  b"' });
  });

  test("of a builder's RUN is not confused by the image's flag", () => {
    const run = mergeImageConfig({ Image: "x", Entrypoint: [""], Cmd: ["powershell", "-c", "a b"] }, shell);
    expect(windowsCommand(run)).toEqual({ args: ["powershell", "-c", "a b"] });
  });

  test("is told from an array that BuildKit flagged: its program is quoted, unless it is already", () => {
    const image = { Cmd: ["C:\\Program Files\\a.exe", "a b"], ArgsEscaped: true };
    expect(windowsCommand(mergeImageConfig({ Image: "x" }, image))).toEqual({ commandLine: '"C:\\Program Files\\a.exe" "a b"' });
    const quoted = { Cmd: ['"C:\\Program Files\\a.exe"', "a b"], ArgsEscaped: true };
    expect(windowsCommand(mergeImageConfig({ Image: "x" }, quoted))).toEqual({ commandLine: '"C:\\Program Files\\a.exe" "a b"' });
  });

  test("of the image leaves an exec alone", () => {
    expect(createExecProcess(mergeImageConfig({ Image: "x" }, shell), { Cmd: ["a", "b c"] }).args).toEqual(["a", "b c"]);
  });

  test("of a health check reaches the image's shell as written", () => {
    const image = { Shell: ["powershell", "-Command"], Healthcheck: { Test: ["CMD-SHELL", 'if (1) { "x  y" }'] } };
    expect(createHealthcheckProcess(mergeImageConfig({ Image: "x" }, image))?.commandLine).toBe('powershell -Command if (1) { "x  y" }');
    expect(createHealthcheckProcess({ Image: "x", Healthcheck: { Test: ["NONE"] } })).toBeUndefined();
    expect(createHealthcheckProcess({ Image: "x", Healthcheck: { Test: ["CMD", "a", "b"] } })?.args).toEqual(["a", "b"]);
    expect(() => createHealthcheckProcess({ Image: "x", Healthcheck: { Test: ["SH", "a"] } })).toThrow(/must be \["NONE"\]/);
  });
});

describe("the rest of the image's configuration", () => {
  const image = {
    User: "ContainerUser",
    WorkingDir: "C:\\app",
    Env: ["A=1", "B=two words"],
    Labels: { maker: "test", kept: "yes" },
    ExposedPorts: { "80/tcp": {} },
    Volumes: { "C:\\data": {} },
    StopSignal: "9",
    Healthcheck: { Test: ["CMD", "x"], Interval: 5, Retries: 2 },
  };

  test("fills what the container leaves open", () => {
    expect(mergeImageConfig({ Image: "entry" }, image)).toEqual({ Image: "entry", ...image });
  });

  test("gives way to the container's, joined where it is a set", () => {
    const merged = mergeImageConfig(
      {
        Image: "entry",
        User: "me",
        Env: ["a=2"],
        Labels: { maker: "me" },
        ExposedPorts: { "81/tcp": {} },
        Healthcheck: { Test: [], Interval: 7 },
      },
      image,
    );
    expect(merged).toEqual({
      Image: "entry",
      User: "me",
      WorkingDir: "C:\\app",
      Env: ["a=2", "B=two words"],
      Labels: { maker: "me", kept: "yes" },
      ExposedPorts: { "80/tcp": {}, "81/tcp": {} },
      Volumes: { "C:\\data": {} },
      StopSignal: "9",
      Healthcheck: { Test: ["CMD", "x"], Interval: 7, Retries: 2 },
    });
  });
});
