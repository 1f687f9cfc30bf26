/**
 * Whether an orchestrator has set this variable. In Kubernetes a Service called `roar`, or `roar-studio`, puts its address into the
 * environment of every pod, under names that begin like ours (docs: "Discovering services"); a link of Docker to a container of that
 * name puts it there in the same form, with the container's name and environment.
 */
export const isServiceLink = (variable: string, value: string): boolean =>
  /_SERVICE_(HOST|PORT(_\w+)?)$/.test(variable) ||
  /_PORT_\d+_(TCP|UDP|SCTP)(_(PORT|PROTO|ADDR))?$/.test(variable) ||
  // A setting may have this name, but our ports are numbers and no addresses.
  (/_PORT$/.test(variable) && /^(tcp|udp|sctp):\/\//.test(value)) ||
  /^ROAR(_\w+)?_ENV_/.test(variable) ||
  (/_NAME$/.test(variable) && /^\/[^/]+\/[^/]+$/.test(value))
