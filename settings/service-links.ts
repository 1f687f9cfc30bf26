/**
 * Whether Kubernetes has set this variable: a Service called `roar`, or `roar-studio`, puts its address into the environment of
 * every pod, under names that begin like ours (docs: "Discovering services", Docker links).
 */
export const isServiceLink = (variable: string, value: string): boolean =>
  /_SERVICE_(HOST|PORT(_\w+)?)$/.test(variable) ||
  /_PORT_\d+_(TCP|UDP|SCTP)(_(PORT|PROTO|ADDR))?$/.test(variable) ||
  // A setting may have this name, but our ports are numbers and no addresses.
  (/_PORT$/.test(variable) && /^(tcp|udp|sctp):\/\//.test(value))
