import { expect, test } from 'bun:test'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { Spectral } from '@stoplight/spectral-core'
import rulesets from '@stoplight/spectral-rulesets'
import { openapi } from '../../services/openapi.ts'

/** Calls that do not succeed with 2xx: an upgrade with 101, and a redirect with 303. Whatever else is found there counts. */
const NOT_2XX = /^operation-(2xx|success)-response .*(mqtt|v1[/~1]+studio[/~1]+openid)/

test('Redocly finds nothing in the document', async () => {
  const config = await createConfig({ extends: ['recommended'] })
  const found = await lintFromString({
    source: JSON.stringify(await openapi()),
    absoluteRef: '/openapi.json',
    config,
  })
  const words = found.map(({ ruleId, location }) => `${ruleId} ${location[0]?.pointer}`)
  expect(words.filter((word) => !NOT_2XX.test(word))).toEqual([])
})

/** Hundreds of answers show the same error: an example is judged once, since a validator is compiled for each that is. */
function examplesOnce() {
  const rule = rulesets.oas.rules['oas3-valid-media-example']
  const { function: judge } = rule.then
  const judged = new Set<string>()
  const once = (...[media, options, context]: Parameters<typeof judge>) => {
    // What only a request or only an answer may have is judged by where it is.
    const example = JSON.stringify([media, context.path.includes('requestBody')])
    if (judged.has(example)) return
    judged.add(example)
    return judge(media, options, context)
  }
  // biome-ignore lint/suspicious/noThenProperty: it is how a rule names its function
  return { ...rule, then: { ...rule.then, function: Object.assign(once, judge) } }
}

test('Spectral finds nothing in the document', async () => {
  const spectral = new Spectral()
  const rules = { 'oas3-valid-media-example': examplesOnce() }
  spectral.setRuleset({ extends: [rulesets.oas], rules } as never)
  const found = await spectral.run(JSON.parse(JSON.stringify(await openapi())))
  const words = found.map(({ code, path }) => `${code} ${path.join('/')}`)
  expect(words.filter((word) => !NOT_2XX.test(word))).toEqual([])
})
