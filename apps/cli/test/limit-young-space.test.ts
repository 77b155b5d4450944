import { execFileSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";

const source = JSON.stringify(path.resolve(import.meta.dirname, "../src/daemon/limit-young-space.ts"));

/** Bytes of the space for new objects once many have been made and kept for a while. */
function youngSpace(before: string): number {
  const script = `
    ${before}
    const { getHeapSpaceStatistics } = await import("node:v8");
    let kept = [];
    for (let index = 0; index < 3_000_000; index += 1) {
      kept.push({ index });
      if (kept.length === 200_000) kept = [];
    }
    console.log(getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space").space_size);`;
  return Number(execFileSync(process.execPath, ["--no-warnings", "--input-type=module", "-e", script], { encoding: "utf8" }));
}

test("the space for new objects stays small, however many are made", () => {
  const limited = youngSpace(`const { limitYoungSpace } = await import(${source}); limitYoungSpace();`);
  expect(limited).toBeLessThan(youngSpace("") / 2);
});
