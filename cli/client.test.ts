import { expect, test } from 'bun:test'
import { call, downloaded } from './client.ts'

/** A proxy whose server is away. */
const proxy = () =>
  Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: () => new Response('<h1>Bad Gateway</h1>', { status: 502 }),
  })

test('a server that refuses with no JSON, as a proxy does, is told in a sentence', async () => {
  await using server = proxy()
  const url = server.url.origin
  const options = { url, token: 'a token', as: undefined, data: '', 'auth-secret': '' }
  const sentence = `${url} answered 502 without JSON: is it a Roar server?`
  const answers = [
    call(options, 'GET', '/v1/studio/shows'),
    downloaded(options, '/v1/studio/shows/x/recording'),
  ]
  const said = await Promise.all(answers.map((answer) => answer.catch((error: Error) => error.message)))
  for (const each of said) expect(each).toContain(sentence)
})

test('a server below a path is asked below it', async () => {
  const asked: string[] = []
  await using server = Bun.serve({
    ...{ hostname: '127.0.0.1', port: 0 },
    fetch(request) {
      asked.push(new URL(request.url).pathname)
      return Response.json([])
    },
  })
  for (const url of [`${server.url.origin}/live`, `${server.url.origin}/live/`, server.url.origin])
    await call(
      { url, token: 'a token', as: undefined, data: '', 'auth-secret': '' },
      'GET',
      '/v1/studio/shows',
    )
  expect(asked).toEqual(['/live/v1/studio/shows', '/live/v1/studio/shows', '/v1/studio/shows'])
})
