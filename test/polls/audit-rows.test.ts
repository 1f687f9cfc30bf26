import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { ballotIn, cellIn, cutIn } from '../../cli/audit/rows.ts'
import { ballots } from '../../protocol/records/ballots.ts'
import { cuts } from '../../protocol/records/cuts.ts'
import { tallies } from '../../protocol/records/tallies.ts'
import { hostileRecords } from '../hostile-records.ts'

const SEEDS = Number(process.env.SEEDS ?? 5)

test('the audit reads as a ballot what the count reads as one, whatever the record, though they share no code', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    for (const record of hostileRecords('ballots', { seed, count: 2000 })) {
      const counted = ballots.decode(record)
      const audited = ballotIn(record)
      if ((audited === undefined) !== (typeof counted === 'string'))
        throw new Error(`${seed}: ${new TextDecoder().decode(record)} is ${JSON.stringify(counted)}`)
      if (audited !== undefined) expect(audited).toMatchObject(counted as object)
    }
  }
})

test.each([
  ['tallies', 'a cell', 'the desk', cellIn, tallies],
  ['cuts', 'a cut', 'whoever signs heads', cutIn, cuts],
])('the audit reads in %s as %s what %s reads as one', (topic, _, __, read, codec) => {
  const file = `${import.meta.dir}/../../protocol/vectors/records/${topic}.json`
  const { written, readable, refused } = JSON.parse(readFileSync(file, 'utf8'))
  for (const { text, base64 } of [...written, ...readable, ...refused]) {
    const record = text === undefined ? Uint8Array.fromBase64(base64) : new TextEncoder().encode(text)
    expect([text, read(record) === undefined]).toEqual([text, typeof codec.decode(record) === 'string'])
  }
})
