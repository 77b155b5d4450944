import { setImmediate as nextTurn } from "node:timers/promises";
import { containerRuntimeContract } from "@oriel/testkit";
import { commands, setUp, specOf } from "./fixture.ts";

for (const pending of [true, false]) {
  let count = 0;
  containerRuntimeContract(`local, over the fake that answers ${pending ? "pending" : "at once"}`, async () => {
    const { runtime, leftovers } = setUp({ pending });
    return {
      runtime,
      commands,
      prepare: async () => ({ id: `c${count++}`, spec: specOf("replaced") }),
      async leftovers() {
        // A stream closes its pipe one turn after its end.
        await nextTurn();
        return leftovers();
      },
      async dispose() {},
    };
  });
}
