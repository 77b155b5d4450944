import type { RuntimeProcessInfo, RuntimeStats } from "@oriel/contracts";

/** Figures of the fake engine's containers; the processor's time grows by 0.25 s from one sample to the next. */
export function fakeUsage(sample: number): RuntimeStats {
  return {
    readAt: new Date(Date.parse("2026-01-02T03:04:05.000Z") + sample * 1000),
    startedAt: new Date("2026-01-02T03:04:00Z"),
    uptime100ns: 50_000_000,
    memory: { commit: 3_000_000, commitPeak: 4_000_000, privateWorkingSet: 2_621_440 },
    processor: { total100ns: 10_000_000 + sample * 2_500_000, user100ns: 8_000_000, kernel100ns: 2_000_000 },
    storage: { readCount: 7, readBytes: 1_500_000, writeCount: 3, writeBytes: 4096 },
    networks: [
      {
        endpointId: "e1",
        receivedBytes: 1200,
        receivedPackets: 10,
        receivedDropped: 1,
        sentBytes: 340,
        sentPackets: 5,
        sentDropped: 0,
      },
    ],
  };
}

export const fakeProcesses: readonly RuntimeProcessInfo[] = [
  {
    pid: 1234,
    processId: "init",
    image: "cmd.exe",
    createdAt: undefined,
    user100ns: 36_000_000_000,
    kernel100ns: 623_450_000,
    commit: 0,
    privateWorkingSet: 1_196_032,
    sharedWorkingSet: 0,
  },
  {
    pid: 1300,
    processId: undefined,
    image: "ping.exe",
    createdAt: undefined,
    user100ns: 0,
    kernel100ns: 19_999,
    commit: 0,
    privateWorkingSet: 512,
    sharedWorkingSet: 0,
  },
];
