/** How to get each program that a test may ask for. */
const SOURCES: Record<string, string> = {
  java: 'apt-get install openjdk-17-jre-headless',
  mvn: 'apt-get install maven',
  mosquitto: 'apt-get install mosquitto',
  mosquitto_sub: 'apt-get install mosquitto-clients',
  chromium: 'apt-get install chromium',
}

const told = new Set<string>()

/**
 * Whether a program that is not ours is installed, so that a test can leave itself out on a machine without it:
 * `test.skipIf(!needs('java'))(…)`. Says once what is left out and how to get it; with CI=true it throws instead.
 */
export function needs(program: string): boolean {
  if (Bun.which(program) !== null) return true
  const advice = `${program} is not installed, so its tests are left out; to have them: ${SOURCES[program] ?? `install ${program}`}`
  if (process.env.CI === 'true') throw new Error(advice)
  if (!told.has(program)) console.warn(advice)
  told.add(program)
  return false
}
