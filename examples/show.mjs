// Makes a show and a poll, starts both, and prints the poll: node show.mjs [SHOW]
// ROAR_URL is the server, ROAR_API_KEY a key with the scope producer, which an owner makes in the studio.
const url = process.env.ROAR_URL ?? 'http://localhost:7766'
const key = process.env.ROAR_API_KEY
const show = process.argv[2] ?? 'semi'

async function studio(method, path, body) {
  const answer = await fetch(`${url}/v1/studio${path}`, {
    method,
    headers: { authorization: `Bearer ${key}` },
    ...(body && { body: JSON.stringify(body) }),
  })
  const said = await answer.json()
  // A problem (RFC 9457): docs/errors.md has every code. Whatever is worth another try says when, in Retry-After.
  // A script that is run again finds what it made: that is no failure.
  if (!answer.ok && said.code !== 'already_exists')
    throw new Error(`${method} ${path}: ${said.code}: ${said.detail}`)
  return said
}

await studio('POST', '/shows', {
  show,
  title: 'The semi-final',
  segments: [
    { segment: 'home', title: 'Home' },
    { segment: 'away', title: 'Away' },
  ],
})
await studio('POST', `/shows/${show}/start`)
await studio('POST', `/shows/${show}/polls`, {
  poll: 'mvp',
  question: 'Player of the match?',
  choices: [
    { choice: 'anna', title: 'Anna' },
    { choice: 'ben', title: 'Ben' },
  ],
  voters: 'guests',
  visibility: 'live',
})
console.log(JSON.stringify(await studio('POST', `/shows/${show}/polls/mvp/open`, { forMs: 600_000 })))
