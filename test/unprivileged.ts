import { chownSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** `nobody`, as every Linux calls it. */
const NOBODY = 65534

/** Whether this process may become somebody else, so that a test can leave itself out where it may not. */
export const isRoot = process.getuid?.() === 0

/**
 * A command as a user with no rights and no way to get any, who may write to one folder and to nothing else: what the unit of
 * systemd (deploy/debian/roar.service) and a read-only image leave to a process, without either.
 */
export function unprivileged(folder: string, command: string[]): string[] {
  give(folder)
  // The folder is a mount of its own before the rest becomes read-only.
  const mounts = 'mount --bind "$1" "$1" && mount -o remount,bind,ro / && shift'
  const drop = `exec setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"`
  return ['unshare', '--mount', '--ipc', 'sh', '-ec', `${mounts} && ${drop}`, 'sh', folder, ...command]
}

function give(path: string): void {
  chownSync(path, NOBODY, NOBODY)
  if (statSync(path).isDirectory()) for (const name of readdirSync(path)) give(join(path, name))
}
