import { availableParallelism } from "node:os";
import path from "node:path";
import { defineConfig } from "vitest/config";

// Daemons, commands and threads that tests start load the same modules again and again, mostly from their sources: Node.js
// keeps what it has made of them. Set before the workers start, as their own threads take it from there.
process.env.NODE_COMPILE_CACHE ??= path.join(import.meta.dirname, "node_modules/.cache/node");

/** Tests that drive many Wine processes. */
const heavy = "packages/*/test/**/*-wine.test.ts";

/** Files at once. They wait for disks and for programs half of the time; Vitest's own choice on two processors is one. */
const maxWorkers = availableParallelism() + 1;

// Tests read the packages' sources, so that nothing must be built to run them.
const shared = {
  resolve: { conditions: ["oriel-source"] },
  ssr: { resolve: { conditions: ["oriel-source"] } },
};

export default defineConfig({
  test: {
    maxWorkers,
    projects: [
      {
        ...shared,
        test: {
          name: "unit",
          include: [
            "packages/*/test/**/*.test.ts",
            "apps/*/test/**/*.test.ts",
            "examples/*/test/**/*.test.ts",
            "scripts/test/**/*.test.ts",
          ],
          exclude: [heavy],
          setupFiles: "scripts/lib/compare-bytes.ts",
          // A worker takes one file after another: each of three hundred would load the packages anew, a third of the whole time.
          isolate: false,
          // What hangs is found out; what is slow, on a machine that does much else, is not at fault.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...shared,
        test: {
          name: "e2e",
          include: ["e2e/test/**/*.test.ts", heavy],
          globalSetup: "e2e/src/prepare-wine.ts",
          setupFiles: ["scripts/lib/compare-bytes.ts", "e2e/src/report-failures.ts"],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
