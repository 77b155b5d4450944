import { HcsNotification, isOrielError } from "@oriel/core";
import { liveHandles } from "@oriel/hcs-bindings";
import type { Fault } from "@oriel/testkit";
import { describe, expect, it } from "vitest";
import { commands, longDeadlines, setUp, shortestDeadlines, specOf } from "./fixture.ts";

const calls = [
  "HcsCreateComputeSystem",
  "HcsRegisterComputeSystemCallback",
  "HcsGetComputeSystemProperties",
  "HcsStartComputeSystem",
  "HcsCreateProcess",
  "HcsRegisterProcessCallback",
  "HcsModifyProcess",
  "HcsTerminateProcess",
  "HcsGetProcessProperties",
  "HcsUnregisterProcessCallback",
  "HcsCloseProcess",
  "HcsShutdownComputeSystem",
  "HcsTerminateComputeSystem",
  "HcsUnregisterComputeSystemCallback",
  "HcsCloseComputeSystem",
];
const notifications = Object.entries(HcsNotification).filter(([name]) => /Exited|CreateCompleted|StartCompleted/.test(name));

const matrix: { readonly title: string; readonly fault: Fault }[] = [
  ...calls.flatMap((call) =>
    [1, 2].flatMap((nth) => [
      { title: `call ${nth} of ${call} fails`, fault: { call, nth, fail: 0x80370118 } },
      { title: `call ${nth} of ${call} is denied`, fault: { call, nth, fail: 0x80070005 } },
      { title: `call ${nth} of ${call} takes a while`, fault: { call, nth, delay: 5 } },
      { title: `call ${nth} of ${call} hangs`, fault: { call, nth, hang: true as const } },
    ]),
  ),
  ...notifications.flatMap(([name, notification]) =>
    (["lose", "duplicate"] as const).flatMap((effect) => [
      { title: `the first ${name} comes ${effect === "lose" ? "never" : "twice"}`, fault: { notification, nth: 1, effect } },
      { title: `every ${name} comes ${effect === "lose" ? "never" : "twice"}`, fault: { notification, effect } },
    ]),
  ),
];

/** A failed close leaves the service's own count of handles wrong; ours must still be right. */
const unclosable = (fault: Fault) => "fail" in fault && /^Hcs(Close|Unregister)/.test(fault.call);

const lives = matrix.flatMap((entry) => ["SIGTERM", "SIGKILL"].map((signal) => ({ ...entry, signal })));

describe(`a container's life with a fault in it (${lives.length} combinations)`, () => {
  it.each(lives)("$signal; $title", async ({ fault, signal }) => {
    const { fake, runtime, newRuntime, leftovers } = setUp({ deadlines: shortestDeadlines });
    fake.inject(fault);
    const errors: unknown[] = [];
    const attempt = async <T>(step: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await step();
      } catch (error) {
        errors.push(error);
        return undefined;
      }
    };

    const made = await attempt(() => runtime.create({ id: "c1", spec: specOf(commands.runLong) }).then(() => true));
    const init = made && (await attempt(() => runtime.start("c1")));
    if (init) {
      init.stdout.resume();
      init.stderr?.resume();
      const exec = await attempt(() => runtime.exec("c1", "e1", { user: {}, cwd: "", commandLine: commands.echoStdin }));
      exec?.stdout.resume();
      exec?.stderr?.resume();
      if (exec) await attempt(() => exec.closeStdin());
      if (exec) await attempt(() => runtime.signal("c1", "e1", "SIGKILL"));
      await attempt(() => runtime.signal("c1", "init", signal));
      await attempt(() => runtime.delete("c1"));
      if (exec) await exec.exit;
      expect((await init.exit).exitCode).toBeGreaterThan(0);
    }
    await attempt(() => runtime.delete("c1"));
    for (const error of errors) expect(isOrielError(error), String(error)).toBe(true);

    // Once the service answers again, nothing of the container is left, and its id can be used.
    fake.clearFaults();
    fake.releaseHung();
    await expect.poll(liveHandles).toEqual([]);
    await attempt(() => runtime.delete("c1"));
    const later = newRuntime(longDeadlines);
    await later.delete("c1");
    const isLeft = () => leftovers().filter((line) => !(unclosable(fault) && line.includes("of the service")));
    await expect.poll(isLeft).toEqual([]);
    await later.create({ id: "c1", spec: specOf(commands.exitWith(4)) });
    const again = await later.start("c1");
    again.stdout.resume();
    again.stderr?.resume();
    expect((await again.exit).exitCode).toBe(4);
    await later.delete("c1");
    await expect.poll(isLeft).toEqual([]);
  });
});
