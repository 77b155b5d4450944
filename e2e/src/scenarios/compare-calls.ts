import { absent, type Difference } from "./difference.ts";
import { type DaemonCall, isFailure } from "./recording.ts";

/** How often each call is made, with how it fails where it does. Their order is not compared: several threads make them. */
export function compareCalls(recorded: readonly DaemonCall[], ours: readonly DaemonCall[]): Difference[] {
  const [before, now] = [countOf(recorded), countOf(ours)];
  return [...new Set([...before.keys(), ...now.keys()])].sort().flatMap((where) => {
    const [dockerd = 0, oriel = 0] = [before.get(where), now.get(where)];
    return dockerd === oriel ? [] : [{ aspect: "calls" as const, where, dockerd: times(dockerd), oriel: times(oriel) }];
  });
}

function countOf(calls: readonly DaemonCall[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const call of calls) counts.set(nameOf(call), (counts.get(nameOf(call)) ?? 0) + 1);
  return counts;
}

function nameOf({ call, target, hresult }: DaemonCall): string {
  const request = call === "HNSCall" ? ` ${target.replace(/\/[^/ ]*[<-][^/ ]*/g, "/ID")}` : "";
  const failure = isFailure(hresult) ? ` answered with ${hresult}` : "";
  return `${call}${request}${failure}`;
}

function times(count: number): string {
  return count === 0 ? absent : `${count}`;
}
