/** What the test DLL exports for tests: its count of open handles, and faults. */
import { declareLibrary } from "../src/native/library.ts";
import { textAt } from "../src/native/memory.ts";
import { ole32 } from "../src/native/ole32.ts";

interface LiveHandles {
  readonly systems: number;
  readonly processes: number;
  readonly callbacks: number;
}

/** As `test-dll/src/faults.c` describes them. */
export type Fault =
  | { readonly call: string; readonly nth?: number; readonly fail: string }
  | { readonly call: string; readonly nth?: number; readonly delay: number }
  | { readonly call: string; readonly nth?: number; readonly hang: true }
  | { readonly notification: number; readonly nth?: number; readonly effect: "lose" | "duplicate" | "early" };

export interface TestControls {
  liveHandles(): LiveHandles;
  /** Replaces all faults and counts calls from 1 again. */
  setFaults(faults: readonly Fault[]): void;
  releaseHung(): void;
}

export function testControls(dll: string): TestControls {
  const functions = declareLibrary(
    dll,
    () => ({
      OrielTestLiveHandles: ["uintptr_t"],
      OrielTestSetFaults: ["int32_t", "str16"],
      OrielTestReleaseHung: ["void"],
    }),
    ["OrielTestLiveHandles", "OrielTestSetFaults", "OrielTestReleaseHung"],
  );
  const { CoTaskMemFree } = ole32("ole32.dll");
  return {
    liveHandles() {
      const address = functions.OrielTestLiveHandles();
      const text = textAt(address) ?? "{}";
      CoTaskMemFree(address);
      return JSON.parse(text) as LiveHandles;
    },
    setFaults(faults) {
      if (functions.OrielTestSetFaults(JSON.stringify(faults)) !== 0) throw new Error(`the test DLL refuses ${JSON.stringify(faults)}`);
    },
    releaseHung() {
      functions.OrielTestReleaseHung();
    },
  };
}
