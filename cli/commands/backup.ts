import { join } from 'node:path'
import { $ } from 'bun'
import { ConfigError } from '../../settings/config-error.ts'
import { checkOwn } from '../backup/contents.ts'
import { restoreBackup } from '../backup/restore.ts'
import { takeBackup } from '../backup/take.ts'
import { storeFileOf } from '../data-folder.ts'
import { command } from './command.ts'

export const commands = [
  command({
    name: 'backup',
    summary: 'writes the polls, totals, ballots, pictures and secret of a data folder to a file',
    args: ['FILE'],
    settings: ['data', 'store', 'log'],
    examples: ['roar backup /backups/friday.tar', 'roar backup friday.tar --data /var/lib/roar'],
    notes:
      'The server may be running. The file is as secret as the folder. Existing files are not overwritten. For PostgreSQL and Kafka, use their own tools.',
    async run({ data, store, log }, [file]) {
      checkOwn({ log, store })
      const inData = (name: string) => join(data, name)
      const sources = {
        store: storeFileOf({ data, store })!,
        log: inData('log.db'),
        secret: inData('auth-secret'),
        data,
      }
      const { takenAt } = await takeBackup(sources, file!)
      process.stdout.write(`backed up ${data} as of ${takenAt} to ${file}\n`)
      return 0
    },
  }),
  command({
    name: 'restore',
    summary: 'creates a data folder from a backup',
    args: ['FILE'],
    settings: ['data', 'store', 'log'],
    examples: ['roar restore /backups/friday.tar --data /var/lib/roar'],
    notes: 'The folder must be new or empty. A damaged file, or one from a newer version, is refused.',
    async run({ data, store, log }, [file]) {
      checkOwn({ log, store })
      if (store !== '')
        throw new ConfigError('store', 'is another file: a restore always writes roar.db in the data folder')
      const { takenAt, roar } = await restoreBackup(file!, data)
      process.stdout.write(
        `restored ${data} as of ${takenAt}, from roar ${roar}. Start it with: roar up --data ${$.escape(data)}\n`,
      )
      return 0
    },
  }),
]
