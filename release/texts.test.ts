import { expect, test } from 'bun:test'
import { ownPlatform, PLATFORMS } from './platforms.ts'
import { provenanceOf } from './provenance.ts'
import { sectionOf, sha256Of, stableSbom, sumsOf } from './texts.ts'

const AT = new Date('2026-01-01T00:00:00Z')

test('two bills of materials of one tree are one, whenever, in whatever folder they are made', () => {
  const made = (folder: string, serialNumber: string, timestamp: string) => ({
    bomFormat: 'CycloneDX',
    serialNumber,
    metadata: { timestamp, component: { name: folder, version: '0.1.0' } },
    components: [{ name: 'jose' }],
  })
  const [one, another] = [
    made('one', 'urn:uuid:1', '2026-02-02'),
    made('another', 'urn:uuid:2', '2026-03-03'),
  ]
  expect(stableSbom(one, AT)).toEqual(stableSbom(another, AT))
  expect(stableSbom(one, AT)).toMatchObject({
    components: [{ name: 'jose' }],
    metadata: { component: { name: 'roar' } },
  })
})

test('a version has its own section of the changelog, and none is an error', () => {
  const changelog = '# Changelog\n\n## 0.2.0, unreleased\n\nnew\n\n## 0.1.0\n\nold\n'
  expect(sectionOf(changelog, '0.2.0')).toBe('## 0.2.0, unreleased\n\nnew\n\n')
  expect(sectionOf(changelog, '0.1.0')).toBe('## 0.1.0\n\nold\n')
  expect(() => sectionOf(changelog, '0.3.0')).toThrow('has no section "## 0.3.0"')
})

test('sha256sum can check the sums', async () => {
  const abc = new TextEncoder().encode('abc')
  expect(sumsOf([['a.txt', sha256Of(abc)]])).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a.txt\n',
  )
})

test('the provenance says of what a file was built, and on which platform: on another one its bytes are others', () => {
  const [{ runtime }] = PLATFORMS as [(typeof PLATFORMS)[number]]
  const { buildDefinition } = provenanceOf({
    version: '0.1.0',
    commit: 'a1b2c3d',
    runtimes: [runtime],
    files: [],
  }).predicate
  expect(buildDefinition.internalParameters).toEqual({ platform: ownPlatform().name })
  expect(buildDefinition.resolvedDependencies).toMatchObject([
    { digest: { gitCommit: 'a1b2c3d' } },
    { uri: `pkg:npm/${runtime.replace('@', '%40')}@${Bun.version}` },
  ])
})
