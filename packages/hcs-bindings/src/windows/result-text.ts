import { textAt } from "../native/memory.ts";
import { ole32 } from "../native/ole32.ts";

/** A `PWSTR*` parameter: one cell that the function may fill. */
export type OutText = [number | bigint];

export const outText = (): OutText => [0n];

/** Takes the text that a function put into a cell, and frees it; null where it put none. */
export function createTextTaker(file: string): (cell: OutText) => string | null {
  const { CoTaskMemFree } = ole32(file);
  return (cell) => {
    const [address] = cell;
    if (BigInt(address) === 0n) return null;
    cell[0] = 0n;
    try {
      return textAt(address);
    } finally {
      CoTaskMemFree(address);
    }
  };
}
