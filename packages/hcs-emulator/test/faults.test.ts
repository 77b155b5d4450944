import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { HCS, HcsNotification, S_OK } from "@oriel/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NotificationSource } from "../src/compute/notification-source.ts";
import { failedAnswers } from "../src/faults/failed-answers.ts";
import { FaultPlan } from "../src/faults/fault-plan.ts";
import { createEmulatedHcs, type EmulatedHcs, type Fault, parseFaults } from "../src/index.ts";

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
const denied = 0x80070005;

let root: string;
let hcs: EmulatedHcs;

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "oriel-faults-"));
  hcs = createEmulatedHcs({ root });
});
afterEach(async () => {
  await hcs.close();
  await rm(root, { recursive: true });
});

const open = () => hcs.compute.HcsOpenComputeSystem("absent");

describe("faults of calls", () => {
  const calls = Object.entries(failedAnswers).flatMap(([family, names]) => Object.keys(names).map((name) => [family, name] as const));

  it.each(calls)("%s: %s answers the HRESULT that it is to fail with, and its out parameters empty", async (family, name) => {
    hcs.faults.set([{ call: name, fail: denied }]);
    // Nothing but the fault may look at the arguments.
    const functions = hcs[family as keyof typeof failedAnswers] as unknown as Record<string, () => Promise<object>>;
    const none = (failedAnswers as Record<string, Record<string, object>>)[family]?.[name];
    expect(await functions[name]?.()).toEqual({ ...none, hresult: denied });
  });

  it("covers every function that answers an HRESULT", () => {
    for (const [family, names] of Object.entries(failedAnswers)) {
      const made = Object.keys(hcs[family as keyof typeof failedAnswers]).filter((name) => !/^(openPipe|bindNames$)/.test(name));
      expect(made.toSorted()).toEqual(Object.keys(names).toSorted());
    }
  });

  it("returns the error document of the fault", async () => {
    hcs.faults.set([{ call: "HcsOpenComputeSystem", fail: "0xC037010A", result: '{"Error":-1}' }]);
    expect(await open()).toEqual({ hresult: HCS.CONNECTION_CLOSED, result: '{"Error":-1}', system: 0n });
  });

  it("returns what HNS is to respond, a success of the call with a failure in it too", async () => {
    const response = '{"Success":false,"Error":"no"}';
    hcs.faults.set([{ call: "HNSCall", fail: S_OK, result: response }]);
    expect(await hcs.network.HNSCall("GET", "/networks/", "")).toEqual({ hresult: S_OK, response });
  });

  it("counts calls of one export, or of all, from the moment that the faults were set", async () => {
    hcs.faults.set([{ call: "HcsOpenComputeSystem", nth: 2, fail: denied }]);
    await hcs.compute.HcsEnumerateComputeSystems("{}");
    const answers = [await open(), await open(), await open()].map(({ hresult }) => hresult);
    expect(answers).toEqual([HCS.SYSTEM_NOT_FOUND, denied, HCS.SYSTEM_NOT_FOUND]);

    hcs.faults.set([{ call: "*", every: 2, fail: denied }]);
    await hcs.compute.HcsEnumerateComputeSystems("{}");
    expect([(await open()).hresult, (await open()).hresult]).toEqual([denied, HCS.SYSTEM_NOT_FOUND]);
  });

  it("lets a call that hangs go on when it is released, and only then", async () => {
    hcs.faults.set([{ call: "HcsOpenComputeSystem", hang: true }]);
    let answered = false;
    const call = open().then((answer) => {
      answered = true;
      return answer;
    });
    await nextTurn();
    expect([hcs.faults.hung, answered]).toEqual([1, false]);
    expect((await hcs.compute.HcsEnumerateComputeSystems("{}")).hresult).toBe(S_OK);
    expect(hcs.faults.releaseHung()).toBe(1);
    expect((await call).hresult).toBe(HCS.SYSTEM_NOT_FOUND);
    expect(hcs.faults.hung).toBe(0);
  });

  it("waits, and then does the work or fails", async () => {
    hcs.faults.set([
      { call: "HcsOpenComputeSystem", delay: 1 },
      { call: "HcsOpenComputeSystem", nth: 2, fail: denied },
    ]);
    expect([(await open()).hresult, (await open()).hresult]).toEqual([HCS.SYSTEM_NOT_FOUND, denied]);
  });

  it("ends the calls that wait when the service is closed", async () => {
    hcs.faults.set([
      { call: "HcsOpenComputeSystem", hang: true },
      { call: "GetBaseImages", delay: 3_600_000 },
    ]);
    const calls = [open(), hcs.layers.GetBaseImages()];
    await nextTurn();
    await hcs.close();
    expect((await Promise.all(calls)).map(({ hresult }) => hresult)).toEqual([0x800703e3, 0x800703e3]);
  });
});

describe("faults of notifications", () => {
  const { SystemStartCompleted, SystemExited } = HcsNotification;

  function receive(faults: readonly Fault[]) {
    const source = new NotificationSource(new FaultPlan(faults));
    const received: number[] = [];
    const register = () => source.register(1n, (type) => received.push(type), 0n);
    return { source, received, register };
  }

  it("loses one for good: not even a later registration hears of it", async () => {
    const { source, received, register } = receive([{ notification: SystemStartCompleted, effect: "lose" }]);
    source.notify(SystemStartCompleted);
    source.notify(SystemExited);
    register();
    await nextTurn();
    expect(received).toEqual([SystemExited]);
  });

  it("delivers one twice", async () => {
    const { source, received, register } = receive([{ notification: SystemExited, nth: 2, effect: "duplicate" }]);
    register();
    source.notify(SystemExited);
    source.notify(SystemExited);
    await nextTurn();
    expect(received).toEqual([SystemExited, SystemExited, SystemExited]);
  });

  it("delivers one before the registration has answered", async () => {
    const { source, received, register } = receive([{ notification: SystemStartCompleted, effect: "early" }]);
    source.notify(SystemStartCompleted);
    source.notify(SystemExited);
    register();
    expect(received).toEqual([SystemStartCompleted]);
    await nextTurn();
    expect(received).toEqual([SystemStartCompleted, SystemExited]);
  });
});

describe("what is no fault", () => {
  it.each<[unknown, string]>([
    [{ call: "HcsStartComputeSytem", hang: true }, "did you mean HcsStartComputeSystem?"],
    [{ call: "HcsCloseProcess" }, "one of fail, delay, hang"],
    [{ call: "HcsCloseProcess", fail: denied, hang: true }, "one of fail, delay, hang"],
    [{ call: "HcsCloseProcess", fail: "denied" }, "'fail' must be an HRESULT"],
    [{ call: "HcsCloseProcess", delay: -1 }, "'delay' must be milliseconds"],
    [{ call: "HcsCloseProcess", hang: false }, "'hang' must be true"],
    [{ call: "HcsCloseProcess", hang: true, nth: 0 }, "'nth' must be a whole number from 1"],
    [{ call: "HcsCloseProcess", hang: true, result: "" }, "'result' must be text, beside 'fail'"],
    [{ call: "HcsCloseProcess", hang: true, effect: "lose" }, "has no 'effect'"],
    [{ notification: 1, effect: "loose" }, "'effect' must be one of lose, duplicate, early"],
    [{ notification: "exit", effect: "lose" }, "'notification' must be the number"],
    [{ fail: denied }, "neither a call nor a notification"],
    ["HcsCloseProcess", "it must be an object"],
  ])("refuses %j and leaves the faults as they are", async (fault, why) => {
    hcs.faults.set([{ call: "HcsOpenComputeSystem", fail: denied }]);
    expect(() => hcs.faults.set([fault as Fault])).toThrow(why);
    expect((await open()).hresult).toBe(denied);
  });

  it("names the file that holds none", () => {
    expect(() => parseFaults("{}", "/etc/faults.json")).toThrow("/etc/faults.json must hold a JSON array");
    expect(() => parseFaults("[", "/etc/faults.json")).toThrow("/etc/faults.json is no JSON");
  });
});

it("reads what the test DLL takes", () => {
  const text =
    '[{"call":"*","every":10,"delay":50},{"call":"HcsCreateProcess","nth":1,"fail":"0x80070005"},{"notification":65536,"effect":"lose"}]';
  expect(parseFaults(text, "faults")).toEqual(JSON.parse(text));
});
