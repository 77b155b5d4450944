/// <reference types="node" preserve="true" />
export { FakeEngine } from "./fake-engine.ts";
export { fakeConnection, fakeEndpoint } from "./fake-networks.ts";
export { FakeVolumes } from "./fake-volumes.ts";
