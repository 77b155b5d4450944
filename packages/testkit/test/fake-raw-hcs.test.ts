import { createFakeRawHcs } from "../src/fake-hcs/fake-raw-hcs.ts";
import { rawComputeContract } from "../src/raw-hcs-contract.ts";

const commands = {
  printHello: "print hello",
  printOopsToStderr: "complain oops",
  echoStdin: "cat",
  runLong: "sleep",
  missing: "nosuch.exe",
  exitWith: (code: number) => `exit ${code}`,
};

for (const pending of [true, false]) {
  let count = 0;
  rawComputeContract(`the fake, answering ${pending ? "pending" : "at once"}`, async () => {
    const fake = createFakeRawHcs({ pending });
    return {
      raw: fake.raw,
      commands,
      async prepare() {
        const id = `system-${count++}`;
        return { id, document: { SystemType: "Container", Name: id, Owner: "oriel", Layers: [], HvPartition: false } };
      },
      async prepareIsolated() {
        const id = `machine-${count++}`;
        return { id, document: { SystemType: "Container", Name: id, Owner: "oriel", Layers: [], HvPartition: true } };
      },
      async dispose() {},
    };
  });
}
