import type { ImageRunConfig } from "@oriel/contracts";
import { describe, expect, it } from "vitest";
import { dockerfileWords } from "../src/images/dockerfile-words.ts";
import { withChanges } from "../src/images/image-changes.ts";

const base: ImageRunConfig = {
  Env: ["Path=C:\\bin", "NAME=world", "EMPTY="],
  Cmd: ["old.exe"],
  Labels: { kept: "1" },
  WorkingDir: "C:\\app",
};

describe("a change", () => {
  it.each<[string, Partial<ImageRunConfig>]>([
    ['CMD ["app.exe", "-x", "a b"]', { Cmd: ["app.exe", "-x", "a b"], ArgsEscaped: false }],
    ["CMD echo  hi $NAME", { Cmd: ["cmd /S /C echo  hi $NAME"], ArgsEscaped: true }],
    ["CMD [not json", { Cmd: ["cmd /S /C [not json"], ArgsEscaped: true }],
    ['ENTRYPOINT ["run.exe"]', { Entrypoint: ["run.exe"], Cmd: null, ArgsEscaped: false }],
    [
      "env A=1 B='two words' C=\"$NAME\" D=\\$x",
      { Env: ["Path=C:\\bin", "NAME=world", "EMPTY=", "A=1", "B=two words", "C=world", "D=$x"] },
    ],
    ["ENV GREETING hello $name", { Env: ["Path=C:\\bin", "NAME=world", "EMPTY=", "GREETING=hello world"] }],
    ["ENV PATH=C:\\mine;$Path", { Env: ["PATH=C:\\mine;C:\\bin", "NAME=world", "EMPTY="] }],
    ["EXPOSE 80 53/UDP 8000-8002", { ExposedPorts: { "80/tcp": {}, "53/udp": {}, "8000/tcp": {}, "8001/tcp": {}, "8002/tcp": {} } }],
    ['LABEL role=web "two words"="x y"', { Labels: { kept: "1", role: "web", "two words": "x y" } }],
    ["LABEL kept 2", { Labels: { kept: "2" } }],
    ["USER ContainerUser", { User: "ContainerUser" }],
    ["USER $NAME", { User: "world" }],
    ['VOLUME ["C:\\\\data", "D:"]', { Volumes: { "C:\\data": {}, "D:": {} } }],
    ["VOLUME C:\\data", { Volumes: { "C:\\data": {} } }],
    ["WORKDIR C:\\Program Files\\app", { WorkingDir: "C:\\Program Files\\app" }],
    ["WORKDIR c:/other/../x", { WorkingDir: "C:\\x" }],
    ["WORKDIR sub", { WorkingDir: "C:\\app\\sub" }],
    ["ONBUILD RUN echo $NAME", { OnBuild: ["RUN echo $NAME"] }],
    ["STOPSIGNAL SIGINT", { StopSignal: "SIGINT" }],
    ["# nothing", {}],
  ])("%s", (line, patch) => {
    expect(withChanges(base, [line], "windows")).toEqual({ ...base, ...patch });
  });

  it("comes after those before it, several lines at once included", () => {
    const config = withChanges(
      base,
      ["ENV DIR=logs\nWORKDIR $DIR", "CMD one.exe", 'ENTRYPOINT ["run.exe"]', "EXPOSE 1", "EXPOSE 2"],
      "windows",
    );
    expect(config).toMatchObject({
      WorkingDir: "C:\\app\\logs",
      Cmd: ["cmd /S /C one.exe"],
      Entrypoint: ["run.exe"],
      ExposedPorts: { "1/tcp": {}, "2/tcp": {} },
    });
  });

  it("of a Linux image is Linux's", () => {
    const config = withChanges({ Env: ["a=1", "A=2"] }, ["CMD run $a", "ENV b=$a", "WORKDIR srv/$A"], "linux");
    expect(config).toEqual({ Env: ["a=1", "A=2", "b=1"], Cmd: ["/bin/sh", "-c", "run $a"], WorkingDir: "/srv/2" });
  });

  it.each([
    ["RUN echo", "InvalidArgument", "RUN is not a valid change command"],
    ["CMD", "InvalidArgument", "invalid change 'CMD': no command"],
    ["ENV A", "InvalidArgument", "invalid change 'ENV …': expected NAME=value"],
    ["ENV A=1 B", "InvalidArgument", "expected NAME=value"],
    ["LABEL", "InvalidArgument", "expected NAME=value"],
    ["EXPOSE 70000", "InvalidArgument", "70000 is no port"],
    ["EXPOSE 9-8", "InvalidArgument", "9-8 is no port"],
    ["USER", "InvalidArgument", "nothing follows"],
    ["ONBUILD FROM x", "InvalidArgument", "no instruction that can wait for a build"],
    ["HEALTHCHECK NONE", "Unimplemented", "health check"],
  ])("%s is refused", (line, code, message) => {
    expect(() => withChanges(base, [line], "windows")).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });
});

describe("words", () => {
  const lookup = (name: string) => ({ A: "1", EMPTY: "" })[name];
  it.each([
    ["a  b\tc", ["a", "b", "c"]],
    ["\"a b\"c 'd e'", ["a bc", "d e"]],
    ["'$A' \"$A\" $A", ["$A", "1", "1"]],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a Dockerfile's variables
    ["${A}x ${A:-b} ${EMPTY:-b} ${A:+c} ${EMPTY:+c} ${NONE}", ["1x", "1", "b", "c", "", ""]],
    ['\\$A \\"x C:\\new\\table a\\ b', ["$A", '"x', "C:\\new\\table", "a b"]],
    ['$ 5$ "" ', ["$", "5$", ""]],
    ["", []],
  ])("%s", (text, words) => {
    expect(dockerfileWords(text, lookup)).toEqual(words);
  });
});
