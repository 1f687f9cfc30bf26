import { existsSync, readFileSync } from 'node:fs'
import * as v from 'valibot'
import { LoadError } from '../../load/find-show.ts'
import { type Recording, readRecording } from '../../load/replay/recording.ts'
import { type ReplayOptions, replay } from '../../load/replay/replay.ts'
import { REPLAY_HEAD, replayLine, replayTable } from '../../load/replay/report.ts'
import { readScript } from '../../load/replay/script.ts'
import { stageOver } from '../../load/replay/stage.ts'
import { guestViewers, signedViewers } from '../../load/replay/viewers.ts'
import { isId } from '../../protocol/ids.ts'
import { BURST_COUNT_MAX } from '../../protocol/limits.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { whyUnreadable } from '../../settings/files.ts'
import { setting, switchSetting } from '../../settings/setting.ts'
import { oneOf, text, whole } from '../../settings/values.ts'
import { call, downloaded, downloadedInto } from '../client.ts'
import { secretOf } from '../data-folder.ts'
import { checkWritable, sayFor, writeJson } from '../load-flags.ts'
import { stopSignal } from '../stop-signal.ts'
import { AS, CLIENT, flag, print } from './client-command.ts'
import { command } from './command.ts'

const SPEED_MAX = 20

export const commands = [
  command({
    name: 'export',
    summary: 'writes what happened in a show to a file: a recording to replay, or tables',
    args: ['SHOW'],
    settings: CLIENT,
    flags: {
      format: setting(
        oneOf('ndjson', 'csv', 'json', 'parquet'),
        'ndjson',
        'ndjson is a recording; the others contain the mood, the results and the audit trail of the last 24 hours.',
      ),
      out: flag(v.string(), 'The file to write. Default: SHOW with the format as its extension.', 'FILE'),
      ...AS,
    },
    examples: [
      'roar export semi',
      'roar export semi --out last-week.ndjson',
      'roar export semi --format parquet',
    ],
    notes:
      'A recording is NDJSON: taps per second, segment and sticker, and polls with their results. It has only counts, no names or texts.',
    async run({ format, out, ...values }, [show]) {
      const file = out ?? `${show}.${format}`
      const path = format === 'ndjson' ? recordingOf(show!) : tablesOf(show!, format)
      await downloadedInto(file, values, path)
      return print(`${file}\n`)
    },
  }),
  command({
    name: 'replay',
    summary: 'plays a recorded or scripted show into a rehearsal, and checks that everything was counted',
    args: ['RECORDING'],
    settings: CLIENT,
    flags: {
      to: flag(v.string(), 'The server to play to. Default: url.', 'URL'),
      show: flag(v.string(), 'The show to play into.', 'SHOW'),
      speed: setting(whole(1, SPEED_MAX), 1, 'The speed, as a multiple of real time.'),
      viewers: setting(whole(1, 10_000), 10, 'Viewers that subscribe and count packets.'),
      burst: setting(whole(1, BURST_COUNT_MAX), 5, 'Taps per request.'),
      seed: setting(
        whole(0, Number.MAX_SAFE_INTEGER - 2),
        1,
        'Another seed gives another order of taps and votes.',
      ),
      settle: setting(
        whole(0, 3600),
        15,
        'How long to wait at the end for everything to be counted, in seconds.',
      ),
      real: switchSetting('Also play into a show that is not a rehearsal, where it cannot be wiped.'),
      json: flag(
        text,
        'Also write the result as JSON; - is standard output, and everything else then goes to standard error.',
        'FILE',
      ),
      ...AS,
    },
    examples: [
      'roar replay examples/final.toml --show semi-rehearsal --speed 4',
      'roar replay semi --show semi-rehearsal --speed 20',
      'roar replay last-week.ndjson --to https://roar.example --show semi-rehearsal --token TOKEN',
    ],
    notes: `RECORDING is a file from roar export (.ndjson), a script (.toml), or a show on the server at url.
With a producer's token, or the server's own secret, the show is started and its polls are opened and closed; else polls that are
open are voted in. Viewers' tokens are signed with the secret where it is here, else they are guests.
It exits with 0 when counted = accepted, 1 when not, 2 when it could not run.`,
    async run({ to, show, real, settle, json, speed, viewers, burst, seed, ...values }, [source]) {
      if (show === undefined || !isId(show))
        throw new ConfigError(
          '--show',
          'is missing, or is not the id of a show, such as --show semi-rehearsal',
        )
      checkWritable('json', json)
      const say = sayFor(json)
      const target = { ...values, url: to ?? values.url }
      // A token means that the server belongs to somebody else.
      const secret = values.token === '' ? secretHere(target) : undefined
      const options: ReplayOptions = {
        ...{ url: target.url, show, speed, viewers, burst, seed, settleSeconds: settle, real },
        makeViewer: secret === undefined ? guestViewers(target.url) : signedViewers(secret),
        ...((secret !== undefined || target.token !== '') && {
          stage: stageOver((method, path, body) => call(target, method, path, body), {
            ...{ show, voters: secret === undefined ? 'guests' : 'signed-in' },
          }),
        }),
      }
      try {
        const recording = await recordingIn(source!, values)
        const stop = new AbortController()
        void stopSignal().then(() => stop.abort())
        say(`${recording.title}: ${Math.ceil(recording.ms / speed / 1000)} s at ${speed}x\n${REPLAY_HEAD}`)
        const result = await replay(recording, options, {
          onProgress: (progress) => say(replayLine(progress)),
          stop: stop.signal,
        })
        say(`\n${replayTable(result)}`)
        writeJson(json, result)
        return result.faults.length === 0 ? 0 : 1
      } catch (error) {
        if (error instanceof LoadError) throw new ConfigError('replay', error.message)
        throw error
      }
    },
  }),
]

const recordingOf = (show: string): string => `/v1/studio/shows/${encodeURIComponent(show)}/recording`
const tablesOf = (show: string, format: string): string =>
  `/v1/studio/shows/${encodeURIComponent(show)}/export.${format}`

/** The server's own secret, if it is on this machine. */
function secretHere(values: { data: string; 'auth-secret': string }): Uint8Array | undefined {
  try {
    return secretOf(values)
  } catch {
    // Somebody else's server: the caller replays with a token, or as a guest.
    return undefined
  }
}

/** Loads a recording from a file, by its extension, or from a show. @throws LoadError, ConfigError */
async function recordingIn(source: string, values: Parameters<typeof downloaded>[0]): Promise<Recording> {
  if (isId(source) && !existsSync(source)) return readRecording(await downloaded(values, recordingOf(source)))
  let text: string
  try {
    text = readFileSync(source, 'utf8')
  } catch (cause) {
    throw new LoadError(`${source} cannot be read: ${whyUnreadable(cause)}`, { cause })
  }
  try {
    return source.endsWith('.toml') ? readScript(text) : readRecording(text)
  } catch (cause) {
    throw new LoadError(`${source}: ${(cause as Error).message}`, { cause })
  }
}
