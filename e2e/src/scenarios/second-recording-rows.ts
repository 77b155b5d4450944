/**
 * Rows of the second recording that are put to the daemon. The others wait for what they are about: builds (`b-`), networks (`n-`), volumes
 * (`v-`), health checks (`h-`), log drivers (`l-`), copies (`c-`) and pruned images (`i-`).
 */
export const secondRecordingRows = [
  "i-ls",
  "e-events",
  "r-tmpfs",
  "r-cap-add",
  "r-cap-drop",
  "r-gpus",
  "r-init",
  "r-pid",
  "r-userns",
  "r-group-add",
  "r-oom-score",
  "r-shm-size",
  "r-cpu-quota",
  "r-cpuset",
  "r-ulimit",
  "r-sysctl",
  "r-memory-swap",
  "r-memory-reservation",
  "r-kernel-memory",
  "r-pids-limit",
  "r-platform-linux",
  "r-device-cgroup",
  "r-no-healthcheck",
  "r-stop-signal",
  "r-user-bad",
  "r-workdir-relative",
] as const;
