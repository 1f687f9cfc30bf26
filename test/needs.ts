import { appendFileSync } from 'node:fs'

/** Names the file in which the test run collects what was left out. */
export const LEFT_OUT_FILE = 'TESTS_LEFT_OUT'

/** The Debian package of each program that a test may ask for. */
export const PACKAGES: Record<string, string> = {
  java: 'openjdk-17-jre-headless',
  mvn: 'maven',
  haproxy: 'haproxy',
  mosquitto: 'mosquitto',
  mosquitto_sub: 'mosquitto-clients',
  chromium: 'chromium',
  'firefox-esr': 'firefox-esr',
  WebKitWebDriver: 'webkit2gtk-driver',
  Xvfb: 'xvfb',
  nginx: 'nginx',
  openssl: 'openssl',
  ffmpeg: 'ffmpeg',
  python3: 'python3',
  'paho-mqtt': 'python3-paho-mqtt',
  javac: 'openjdk-17-jdk-headless',
  go: 'golang-go',
  promtool: 'prometheus',
  postgres: 'postgresql',
  'docker-compose': 'docker-compose',
  buildah: 'buildah',
  podman: 'podman',
  runc: 'runc',
  'dpkg-deb': 'dpkg',
  bash: 'bash',
  zsh: 'zsh',
  fish: 'fish',
  gcc: 'gcc',
}

/** Chromium without the windows around a page, which are a third of its work. Not every distribution has it. */
export const HEADLESS_CHROMIUM = 'chromium-headless-shell'

/** Where a program is; null: nowhere. */
export const pathOf = (program: string): string | null =>
  (program === 'chromium' ? Bun.which(HEADLESS_CHROMIUM) : null) ?? Bun.which(program)

/**
 * Whether a program that is not ours is installed, so that a test can leave itself out on a machine without it:
 * `test.skipIf(!needs('java'))(…)`. `isThere` is for one that is not in the path. The run says at its end what was left out; with CI=true this throws instead.
 */
export function needs(program: string, isThere = pathOf(program) !== null): boolean {
  if (isThere) return true
  const advice = `${program} is not installed (npm run setup installs it, or: apt-get install ${PACKAGES[program] ?? program})`
  if (process.env.CI === 'true') throw new Error(advice)
  const file = process.env[LEFT_OUT_FILE]
  if (file === undefined) console.warn(advice)
  else appendFileSync(file, `${advice}\n`)
  return false
}
