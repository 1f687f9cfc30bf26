import { afterAll, expect } from 'bun:test'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { connect, guest } from '../../sdk/src/index.ts'
import { browserTests, openWindow, PHONE, tap } from '../../test/browser/chromium.ts'
import { temporaryFolder } from '../../test/embedded.ts'
import { tokenOf, type Voting } from '../../test/polls/voting.ts'

const PRODUCER = tokenOf('boss', { role: 'producer' })

const folder = temporaryFolder()
let roar: Voting
let browser: Browser
/** Somebody's servers of pictures: the playlists at one origin, the parts at the other. */
const cdns: Bun.Server<undefined>[] = []

const browserTest = browserTests(
  (...started) => {
    ;[roar, browser] = started
    film()
    for (let i = 0; i < 2; i++) cdns.push(Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: stream }))
  },
  { programs: ['ffmpeg'] },
)
afterAll(async () => {
  for (const cdn of cdns) await cdn.stop(true)
  folder.remove()
})

/** Two seconds of a test picture, as one file and as HLS, and a longer one that is dated. */
function film(): void {
  const pictureOf = (seconds: number) => [
    '-f',
    'lavfi',
    '-i',
    `testsrc2=duration=${seconds}:size=320x180:rate=12`,
  ]
  const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '12']
  const hls = ['-f', 'hls', '-hls_time', '1', '-hls_list_size', '0']
  for (const [seconds, out] of [
    [2, ['-movflags', '+faststart', 'film.mp4']],
    [2, [...hls, 'film.m3u8']],
    [2 * BEHIND_S, [...hls, 'film-dated.m3u8']],
  ] as const) {
    const { success, stderr } = Bun.spawnSync(
      ['ffmpeg', '-loglevel', 'error', ...pictureOf(seconds), ...codec, ...out],
      {
        cwd: folder.path,
      },
    )
    if (!success) throw new Error(`ffmpeg failed: ${stderr}`)
  }
}

/** The picture of the dated film begins so long ago, when its playlist is asked for first. */
const BEHIND_S = 40
let beganAt = 0
function datedNow(): string {
  beganAt ||= Date.now() - BEHIND_S * 1000
  return `#EXT-X-PROGRAM-DATE-TIME:${new Date(beganAt).toISOString()}`
}

async function stream(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  const headers = { 'access-control-allow-origin': '*' }
  const file = Bun.file(join(folder.path, pathname))
  if (!(await file.exists())) return new Response('', { status: 404, headers })
  if (!pathname.endsWith('.m3u8')) return new Response(file, { headers })
  const parts = (await file.text())
    .replaceAll(/^film/gm, `${cdns[1]!.url.origin}/film`)
    .replace('#EXTINF', pathname.includes('dated') ? `${datedNow()}\n#EXTINF` : '#EXTINF')
  return new Response(parts, { headers: { ...headers, 'content-type': 'application/vnd.apple.mpegurl' } })
}

async function showWith(show: string, video: object): Promise<string> {
  await roar.produce('POST', '/shows', { show, title: `The ${show}`, video })
  await roar.produce('POST', `/shows/${show}/start`)
  return `${roar.url}/?show=${show}`
}

const played = () => (document.querySelector('video')?.currentTime ?? 0) > 0.5

browserTest('a show with a file as its video plays it', async () => {
  const address = await showWith('derby', { url: `${cdns[0]!.url.origin}/film.mp4` })
  const { page, faults, close } = await openWindow(browser, address, PHONE)
  await page.waitForFunction(played)
  expect(await page.evaluate(() => document.querySelector('video')!.videoWidth)).toBe(320)
  expect(faults).toEqual([])
  await close()
})

browserTest(
  'a show with an HLS stream plays it by script, its parts from another host, and loads the player only then',
  async () => {
    const [playlists, parts] = cdns.map(({ url }) => url.origin)
    const address = await showWith('stream', { url: `${playlists}/film.m3u8`, origins: [parts] })
    const { page, faults, close } = await openWindow(browser, 'about:blank', PHONE)
    // As browsers do that do not play HLS themselves.
    await page.addInitScript("HTMLMediaElement.prototype.canPlayType = () => ''")
    const scripts: string[] = []
    page.on('request', (request) => request.resourceType() === 'script' && scripts.push(request.url()))
    await page.goto(`${roar.url}/`)
    await page.waitForSelector('.stage-camera')
    const players = () => scripts.filter((script) => script.endsWith('/hls.js'))
    expect(players()).toEqual([])
    await page.goto(address)
    await page.waitForFunction(played)
    expect(players()).toHaveLength(1)
    expect(faults).toEqual([])
    await close()
  },
)

browserTest(
  'the crowd is in step with a dated stream: posts wait for their picture, and the server is told the delay',
  async () => {
    const address = await showWith('late', {
      url: `${cdns[0]!.url.origin}/film-dated.m3u8`,
      origins: [cdns[1]!.url.origin],
    })
    const { page, faults, close } = await openWindow(browser, 'about:blank', PHONE)
    await page.addInitScript("HTMLMediaElement.prototype.canPlayType = () => ''")
    await page.goto(address)
    await page.waitForFunction(played)
    const [burst] = await Promise.all([
      page.waitForRequest(/\/reactions$/),
      tap(page, '[data-sticker="six"]'),
    ])
    expect(burst.postDataJSON().delayMs).toBeGreaterThanOrEqual((BEHIND_S / 2) * 1000)

    const { token } = await guest({ url: roar.url, name: 'Neighbour' })
    const neighbour = connect({ url: roar.url, show: 'late', token })
    await neighbour.ready()
    const heard = neighbour.once('feed')
    const { post } = await neighbour.post('six')
    // Who is not behind has it, so it is here as well, and waits.
    await heard
    expect(await page.textContent('#posts')).not.toContain('Neighbour')

    // On to the picture of that moment.
    await page.evaluate(
      ({ seconds }) => {
        document.querySelector('video')!.currentTime = seconds
      },
      { seconds: (post.at - beganAt) / 1000 + 2 },
    )
    await page.waitForSelector('#posts :text("Neighbour")')
    neighbour.close()
    expect(faults).toEqual([])
    await close()
  },
)

browserTest('a player that cannot be loaded says so', async () => {
  const address = await showWith('playerless', { url: `${cdns[0]!.url.origin}/film.m3u8` })
  const { page, close } = await openWindow(browser, 'about:blank')
  await page.addInitScript("HTMLMediaElement.prototype.canPlayType = () => ''")
  await page.route(/\/hls\.js/, (route) => route.abort())
  await page.goto(address)
  await page.waitForSelector('.stage-note:text("cannot be played")')
  await close()
})

browserTest(
  'a picture that cannot be had says so, and one that a producer adds comes by a fresh page',
  async () => {
    const address = await showWith('torn', { url: `${cdns[0]!.url.origin}/none.mp4` })
    const { page, close } = await openWindow(browser, address)
    await page.waitForSelector('.stage-note:text("cannot be played")')
    const other = { video: { url: `${cdns[1]!.url.origin}/film.mp4` } }
    const response = await roar.request('PATCH', '/v1/studio/shows/torn', PRODUCER, other)
    expect(response.status).toBe(200)
    await page.waitForSelector('.stage-note:text("Load the page again")')
    await page.reload()
    await page.waitForFunction(played)
    await close()
  },
)
