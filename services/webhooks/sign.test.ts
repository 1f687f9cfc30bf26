import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { needs } from '../../test/needs.ts'
import { newWebhookSecret, signedHeaders } from './sign.ts'

const DOCUMENT = readFileSync(join(import.meta.dir, '../../docs/webhooks.md'), 'utf8')
/** The receiver that the document shows in a language. */
const shown = (language: string): string =>
  DOCUMENT.split(`\`\`\`${language}\n`)[1]!.split('```')[0]!.replace('export function', 'function')

const secret = newWebhookSecret()
const body =
  '{"type":"poll.opened","timestamp":"2026-11-22T12:15:12.000Z","data":{"title":"Das Spiel – größer"}}'
const headers = signedHeaders({ id: 'msg_a', body, secret, now: Date.now() })
const CASES: [what: string, args: [object, string, string], isGood: boolean][] = [
  ['as it was sent', [headers, body, secret], true],
  ['with another body', [headers, `${body} `, secret], false],
  ['with another secret', [headers, body, newWebhookSecret()], false],
  ['with another id', [{ ...headers, 'webhook-id': 'msg_b' }, body, secret], false],
  ['from long ago', [signedHeaders({ id: 'msg_a', body, secret, now: 1_000 }), body, secret], false],
]

/** Runs a program with the case as its input. Returns whether it ended well. */
const passes = (command: string[], args: unknown): boolean =>
  Bun.spawnSync(command, { stdin: Buffer.from(JSON.stringify(args)) }).exitCode === 0

describe.each(CASES)('a delivery %s', (_, args, isGood) => {
  test('is judged by the library of Standard Webhooks', () => {
    const check = () => new Webhook(args[2]).verify(args[1], args[0] as Record<string, string>)
    if (isGood) expect(check()).toEqual(JSON.parse(body))
    else expect(check).toThrow()
  })

  test('is judged in the same way by the receiver in Node that the document shows', () => {
    const call =
      "let input = ''; for await (const chunk of process.stdin) input += chunk\nverify(...JSON.parse(input))"
    const command = ['node', '--input-type=module', '-e', `${shown('js')}\n${call}`]
    expect(passes(command, args)).toBe(isGood)
  })

  test.skipIf(!needs('python3'))('and by the one in Python', () => {
    const call =
      'import sys\nheaders, body, secret = json.load(sys.stdin)\nverify(headers, body.encode(), secret)'
    expect(passes(['python3', '-c', `${shown('python')}\n${call}`], args)).toBe(isGood)
  })
})
