/**
 * Whether Kubernetes has put this variable there and nobody else: a Service called `roar`, or `roar-studio`, leaves its
 * address in the environment of every pod, under names that begin like ours (docs: "Discovering services", Docker links).
 */
export const isServiceLink = (variable: string, value: string): boolean =>
  /_SERVICE_(HOST|PORT(_\w+)?)$/.test(variable) ||
  /_PORT_\d+_(TCP|UDP|SCTP)(_(PORT|PROTO|ADDR))?$/.test(variable) ||
  // A setting may have this name. A port of ours is a number and no address.
  (/_PORT$/.test(variable) && /^(tcp|udp|sctp):\/\//.test(value))
