import { describe, expect, it } from "vitest";
import { processDocument } from "../src/process-document.ts";
import { recordedDocuments } from "./recorded-documents.ts";

const base = { user: {}, cwd: "C:\\" };

describe("the document of a process", () => {
  it.each(recordedDocuments)("is the one that dockerd gave for $name", ({ spec, process }) => {
    expect(spec.process).toBeDefined();
    expect(JSON.stringify(spec.process && processDocument(spec.process), null, 1)).toBe(JSON.stringify(process, null, 1));
  });

  it("takes a ready command line as it is", () => {
    expect(processDocument({ ...base, commandLine: 'cmd /c "a  b' }).CommandLine).toBe('cmd /c "a  b');
  });

  it("refuses a process without a command", () => {
    for (const process of [base, { ...base, args: [] }]) {
      expect(() => processDocument(process)).toThrow(expect.objectContaining({ code: "InvalidArgument" }));
    }
  });

  it("has one value for each variable, whatever the case of its name; the last one", () => {
    expect(processDocument({ ...base, args: ["x"], env: ["Path=1", "PATH=2", "b=x=y", "A=", "none"] }).Environment).toEqual({
      PATH: "2",
      A: "",
      b: "x=y",
    });
  });

  it("keeps a variable that is called like a property of objects", () => {
    expect(JSON.stringify(processDocument({ ...base, args: ["x"], env: ["__proto__=1"] }).Environment)).toBe('{"__proto__":"1"}');
  });

  it("has a console with its height first, and no error pipe, with a terminal", () => {
    const document = processDocument({ ...base, args: ["x"], terminal: true, consoleSize: { height: 25, width: 80 } });
    expect(document).toMatchObject({ EmulateConsole: true, ConsoleSize: [25, 80], CreateStdInPipe: true, CreateStdOutPipe: true });
    expect(document).not.toHaveProperty("CreateStdErrPipe");
  });

  it.each([
    { height: -1, width: 80 },
    { height: 25, width: 65_536 },
    { height: 1.5, width: 1 },
  ])("refuses a console of %j", (consoleSize) => {
    expect(() => processDocument({ ...base, args: ["x"], terminal: true, consoleSize })).toThrow("process.consoleSize");
  });

  it("falls back to the container's directory", () => {
    expect(processDocument({ ...base, cwd: "", args: ["x"] }, "C:\\app").WorkingDirectory).toBe("C:\\app");
    expect(processDocument({ ...base, cwd: "C:\\own", args: ["x"] }, "C:\\app").WorkingDirectory).toBe("C:\\own");
  });
});
