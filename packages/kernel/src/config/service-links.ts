/**
 * Variables that Kubernetes sets for a service whose name begins with `oriel`, and `docker run --link` for a container. Their
 * values have a form of their own: `ORIEL_PORT=2375` is somebody's mistake and no link.
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 * https://docs.docker.com/engine/network/links/#environment-variables
 */
const linkForms: readonly (readonly [name: RegExp, value: RegExp])[] = [
  [/_SERVICE_HOST$/, /^[\da-f.:]+$/i],
  [/_SERVICE_PORT(_\w+)?$/, /^\d+$/],
  [/_PORT(_\d+_(TCP|UDP|SCTP)(_START|_END)?)?$/, /^(tcp|udp|sctp):\/\//],
  [/_PORT_\d+_(TCP|UDP|SCTP)_(PROTO|(PORT|ADDR)(_START|_END)?)$/, /./],
  [/^ORIEL_(\w+_)?NAME$/, /^\/.+\/./],
  [/^ORIEL_(\w+_)?ENV_/, /^/],
];

/** Whether an orchestrator set this variable to say where a service is. */
export function isServiceLink(name: string, value: string): boolean {
  return linkForms.some(([names, values]) => names.test(name) && values.test(value));
}
