import { afterEach } from "vitest";
import { lastLinesOfDaemons } from "./daemon.ts";

// A test that failed is explained by what the daemon wrote; on another machine nobody can look for it afterwards.
afterEach(({ task }) => {
  const lines = task.result?.state === "fail" ? lastLinesOfDaemons() : "";
  if (lines !== "") console.error(`${task.name}: the daemons' last lines\n${lines}`);
});
