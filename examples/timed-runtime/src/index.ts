/// <reference types="node" preserve="true" />
export { plugin } from "./plugin.ts";
export { TimedRuntime } from "./timed-runtime.ts";
