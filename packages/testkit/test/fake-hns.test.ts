import { fakeHns } from "../src/fake-hns.ts";
import { rawNetworkContract } from "../src/raw-network-contract.ts";

rawNetworkContract("the fake", async () => ({ raw: { network: fakeHns() }, async dispose() {} }));
