import { containerRuntimeContract, runtimeEndpoints } from "@oriel/testkit";
import { commands, hyperVSpecOf, setUp, specOf } from "./fixture.ts";

for (const pending of [true, false]) {
  let count = 0;
  containerRuntimeContract(
    `local, over the fake that returns ${pending ? "pending" : "at once"}`,
    async () => {
      const { fake, runtime, leftovers } = setUp({ pending });
      return {
        runtime,
        commands,
        prepare: async () => ({ id: `c${count++}`, spec: specOf("replaced") }),
        prepareHyperV: async () => ({ id: `c${count++}`, spec: hyperVSpecOf("replaced") }),
        endpoints: runtimeEndpoints(fake.raw.network),
        leftovers,
        async dispose() {},
      };
    },
    { outOfMemory: "eat" },
  );
}
