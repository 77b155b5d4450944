export type { FakeProgram, FakeProgramContext } from "./fake-hcs/fake-programs.ts";
export { createFakeRawHcs, type FakeCall, type FakeRawHcs, type FakeRawHcsOptions, fakeGuid } from "./fake-hcs/fake-raw-hcs.ts";
export type { Fault } from "./fake-hcs/fault-plan.ts";
export { type ContractCommands, type ContractOptions, type RawComputeFixture, rawComputeContract } from "./raw-hcs-contract.ts";
