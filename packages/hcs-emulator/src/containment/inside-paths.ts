/** Where things are in the root of a sandbox. None of these names leads anywhere on the host. */
export const insidePaths = {
  /** C: */
  root: "/c",
  /** The other drives are folders in it. */
  drives: "/drives",
  prefix: "/oriel/prefix",
  pipes: "/oriel/pipes",
  agent: "/oriel/agent.exe",
  reaper: "/oriel/reaper",
} as const;
