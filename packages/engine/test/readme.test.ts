import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { runOnce } from "../examples/run-once.ts";
import { prints, testEngine } from "./test-engine.ts";

const folder = path.resolve(import.meta.dirname, "..");

it("the README's first example is the file in examples/, and works", async () => {
  const readme = await readFile(path.join(folder, "README.md"), "utf8");
  const example = await readFile(path.join(folder, "examples", "run-once.ts"), "utf8");
  expect(/```ts\n(.*?)```/s.exec(readme)?.[1]).toBe(example);

  const test = await testEngine({ program: ({ args }) => prints(`${args?.join(" ")}\r\n`, 3) });
  let text = "";
  const exitCode = await runOnce(test.engine, "oriel/nano", ["cmd.exe", "/c", "echo", "hello"], (more) => {
    text += more;
  });
  expect({ exitCode, text }).toEqual({ exitCode: 3, text: "cmd.exe /c echo hello\r\n" });
  expect(await test.engine.containers.list({ all: true })).toEqual([]);
  await test.dispose();
});
