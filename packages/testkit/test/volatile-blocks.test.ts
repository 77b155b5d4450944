import { expect, test } from "vitest";
import { Random } from "../src/kill-run/random.ts";
import { VolatileBlocks } from "../src/power/volatile-blocks.ts";

const block = 4096;

function disk(blocks: number): VolatileBlocks {
  return new VolatileBlocks(Buffer.alloc(blocks * block), Buffer.alloc(blocks * block));
}

/** The first byte of each block that a loss of power leaves. */
function left(of: VolatileBlocks, share: number): number[] {
  const target = Buffer.alloc(of.size);
  of.lose(target, new Random(1), share);
  return Array.from({ length: of.size / block }, (_, index) => target[index * block] ?? 0);
}

test("what was written is seen at once, and lasts once it is flushed", () => {
  const blocks = disk(4);
  blocks.write(0, Buffer.alloc(block, 1));
  blocks.write(block - 1, Buffer.alloc(2, 2));
  expect([...blocks.read(block - 2, 4)]).toEqual([1, 2, 2, 0]);
  expect(left(blocks, 0)).toEqual([0, 0, 0, 0]);
  expect(left(blocks, 1)).toEqual([1, 2, 0, 0]);
  blocks.flush();
  expect(left(blocks, 0)).toEqual([1, 2, 0, 0]);
});

test("of what was not flushed each block may be there or not", () => {
  const blocks = disk(100);
  blocks.write(0, Buffer.alloc(100 * block, 7));
  const kept = left(blocks, 0.5).filter((byte) => byte === 7).length;
  expect(kept).toBeGreaterThan(20);
  expect(kept).toBeLessThan(80);
  expect(blocks.lose(Buffer.alloc(blocks.size), new Random(1), 0)).toEqual({ unflushed: 100 });
});

test("a disk that begins again has what it was given, and nothing to lose", () => {
  const blocks = disk(2);
  blocks.write(0, Buffer.alloc(block, 1));
  blocks.load(Buffer.alloc(2 * block, 9));
  expect(left(blocks, 0)).toEqual([9, 9]);
});
