export { withChanges } from "./with-changes.ts";
export { dockerfilePairs, dockerfileWords, type Lookup } from "./words.ts";
