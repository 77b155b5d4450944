import type { HostFacts, HostInspector } from "@oriel/contracts";

/** Milliseconds for which facts of the host hold. */
const maxAge = 5000;

/**
 * An inspector that asks the host once and again when what it reported is older than a few seconds: clients ask for
 * `/version` and `/info` all the time, and Wine may be installed while the daemon runs. A failure is not kept.
 *
 * @param now milliseconds on a clock that is never set back
 */
export function recentHost(host: HostInspector, now: () => number = () => performance.now()): HostInspector {
  let known: { readonly facts: Promise<HostFacts>; readonly at: number } | undefined;
  const { registryText } = host;
  return {
    ...(registryText === undefined ? {} : { registryText: registryText.bind(host) }),
    inspect() {
      const at = now();
      if (known !== undefined && at - known.at < maxAge) return known.facts;
      const asked = { facts: host.inspect(), at };
      known = asked;
      asked.facts.catch(() => {
        if (known === asked) known = undefined;
      });
      return asked.facts;
    },
  };
}
