import { describe, expect, it } from "vitest";
import { containerProcesses, containerStats } from "../src/container-usage.ts";

const now = new Date("2024-05-01T00:00:00Z");

describe("the numbers of a container", () => {
  it("are those of the host, each in its place", () => {
    const stats = containerStats(
      {
        Id: "c1",
        Statistics: {
          Timestamp: "2024-01-02T03:04:05.1234567Z",
          ContainerStartTime: "2024-01-02T03:00:00Z",
          Uptime100ns: 1,
          Memory: { MemoryUsageCommitBytes: 2, MemoryUsageCommitPeakBytes: 3, MemoryUsagePrivateWorkingSetBytes: 4 },
          Processor: { TotalRuntime100ns: 5, RuntimeUser100ns: 6, RuntimeKernel100ns: 7 },
          Storage: { ReadCountNormalized: 8, ReadSizeBytes: 9, WriteCountNormalized: 10, WriteSizeBytes: 11 },
          Network: [
            {
              EndpointId: "e1",
              InstanceId: "i1",
              BytesReceived: 12,
              PacketsReceived: 13,
              DroppedPacketsIncoming: 14,
              BytesSent: 15,
              PacketsSent: 16,
              DroppedPacketsOutgoing: 17,
            },
            { EndpointId: "e2" },
          ],
        },
      },
      now,
    );
    expect(stats).toEqual({
      readAt: new Date("2024-01-02T03:04:05.123Z"),
      startedAt: new Date("2024-01-02T03:00:00Z"),
      uptime100ns: 1,
      memory: { commit: 2, commitPeak: 3, privateWorkingSet: 4 },
      processor: { total100ns: 5, user100ns: 6, kernel100ns: 7 },
      storage: { readCount: 8, readBytes: 9, writeCount: 10, writeBytes: 11 },
      networks: [
        {
          endpointId: "e1",
          receivedBytes: 12,
          receivedPackets: 13,
          receivedDropped: 14,
          sentBytes: 15,
          sentPackets: 16,
          sentDropped: 17,
        },
        { endpointId: "e2", receivedBytes: 0, receivedPackets: 0, receivedDropped: 0, sentBytes: 0, sentPackets: 0, sentDropped: 0 },
      ],
    });
  });

  it.each([undefined, {}, { Timestamp: "soon", ContainerStartTime: "" }, { ContainerStartTime: "0001-01-01T00:00:00Z" }])(
    "are 0, read now and of unknown start where the host says %j",
    (Statistics) => {
      expect(containerStats({ Id: "c1", ...(Statistics === undefined ? {} : { Statistics }) }, now)).toEqual({
        readAt: now,
        startedAt: undefined,
        uptime100ns: 0,
        memory: { commit: 0, commitPeak: 0, privateWorkingSet: 0 },
        processor: { total100ns: 0, user100ns: 0, kernel100ns: 0 },
        storage: { readCount: 0, readBytes: 0, writeCount: 0, writeBytes: 0 },
        networks: [],
      });
    },
  );
});

describe("the processes of a container", () => {
  const names = new Map([[20, "init"]]);
  const listed = (ProcessList: Parameters<typeof containerProcesses>[0]["ProcessList"]) =>
    containerProcesses({ Id: "c1", ...(ProcessList === undefined ? {} : { ProcessList }) }, (pid) => names.get(pid));

  it("have the host's numbers, and the runtime's name where it made them", () => {
    expect(
      listed([
        {
          ProcessId: 20,
          ImageName: "cmd.exe",
          CreateTimestamp: "2024-01-02T03:00:00Z",
          UserTime100ns: 1,
          KernelTime100ns: 2,
          MemoryCommitBytes: 3,
          MemoryWorkingSetPrivateBytes: 4,
          MemoryWorkingSetSharedBytes: 5,
        },
      ]),
    ).toEqual([
      {
        pid: 20,
        processId: "init",
        image: "cmd.exe",
        createdAt: new Date("2024-01-02T03:00:00Z"),
        user100ns: 1,
        kernel100ns: 2,
        commit: 3,
        privateWorkingSet: 4,
        sharedWorkingSet: 5,
      },
    ]);
  });

  it("come oldest first, and those of unknown age after them in the host's order", () => {
    const at = (ProcessId: number, CreateTimestamp?: string) => ({
      ProcessId,
      ...(CreateTimestamp === undefined ? {} : { CreateTimestamp }),
    });
    const order = listed([at(1), at(2, "2024-01-02T00:00:02Z"), at(3, "2024-01-02T00:00:01Z"), at(4, "never")]).map(({ pid }) => pid);
    expect(order).toEqual([3, 2, 1, 4]);
  });

  it("are none where the host lists none", () => {
    expect(listed(undefined)).toEqual([]);
  });
});
