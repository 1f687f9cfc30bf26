/**
 * Before a command, where there is util-linux: it then ends with this process, however that ends. A process that is killed, or ended
 * while a start is in progress, cannot end what it started.
 */
export const ENDS_WITH_US = Bun.which('setpriv') === null ? [] : ['setpriv', '--pdeathsig', 'KILL', '--']
