import { afterEach, expect, it, vi } from "vitest";
import { gate } from "./gate.ts";
import { stubborn, type TestEngine, testEngine } from "./test-engine.ts";

vi.mock("../src/containers/disk-space.ts", () => ({ hasSpace: () => false }));

let test: TestEngine;
afterEach(() => test.dispose());

it("a start of the daemon's that the user stops while the disk is full is not tried again", async () => {
  test = await testEngine({ program: () => stubborn });
  const id = await test.create({ hostConfig: { RestartPolicy: { Name: "always" } } });
  await test.engine.containers.start(id);
  test = test.crash();
  const host = gate();
  test.runtime.before("create", host.pass);
  await test.engine.start();
  await host.reached;
  await test.engine.containers.stop(id);
  host.open();
  // The policy's decision comes after the failure of the start, some turns later.
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect((await test.engine.containers.inspect(id)).state).toMatchObject({
    status: "exited",
    error: `container ${id} was stopped while it was being started`,
  });
});
