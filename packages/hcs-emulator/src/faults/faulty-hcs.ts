import type { RawHcs } from "@oriel/contracts";
import { failedAnswers } from "./failed-answers.ts";
import type { FailedCall, FaultPlan } from "./fault-plan.ts";

/** The same interface, whose calls meet the faults of the plan first. Streams of pipes are handed out as they are. */
export function withFaults(raw: RawHcs, plan: FaultPlan): RawHcs {
  return {
    provider: raw.provider,
    compute: faulty(raw.compute, failedAnswers.compute, plan),
    layers: faulty(raw.layers, failedAnswers.layers, plan),
    storage: faulty(raw.storage, failedAnswers.storage, plan),
    disk: faulty(raw.disk, failedAnswers.disk, plan),
    network: faulty(raw.network, failedAnswers.network, plan),
    win32: faulty(raw.win32, failedAnswers.win32, plan),
  };
}

type Call = (...values: readonly unknown[]) => Promise<unknown>;

function faulty<Family extends object>(family: Family, failed: Readonly<Record<string, object>>, plan: FaultPlan): Family {
  const calls = Object.entries(family as Readonly<Record<string, Call>>).map(([name, call]): [string, Call] => {
    const none = failed[name];
    if (none === undefined) return [name, call];
    return [
      name,
      async (...values) => {
        const failure = await plan.forCall(name);
        return failure === undefined ? call(...values) : failedAnswer(none, failure);
      },
    ];
  });
  return Object.fromEntries(calls) as Family;
}

/** A fault's document is the error document, or what HNS responds; a layer function has none. */
function failedAnswer(none: object, { hresult, result }: FailedCall): object {
  const document = ["result", "response"].find((name) => name in none);
  return { ...none, hresult, ...(document === undefined || result === null ? {} : { [document]: result }) };
}
