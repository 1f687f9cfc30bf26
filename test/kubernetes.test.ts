import { describe, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { wantedOf } from '../cli/assembly/part.ts'
import { readConfig } from '../cli/config.ts'
import { roleCalled } from '../cli/roles/called.ts'
import { checkRole, readerOf } from '../cli/roles/ownership.ts'

/** Only the fields checked here; Kubernetes' own server validates the rest. */
interface Container {
  args: string[]
  env?: { name: string; value?: string }[]
  envFrom?: { configMapRef: { name: string } }[]
  ports?: { name: string }[]
  securityContext: object
  resources: { requests: object; limits: object }
  readinessProbe?: { httpGet: { path: string } }
  livenessProbe?: { httpGet: { path: string } }
  lifecycle?: { preStop: { sleep: { seconds: number } } }
  volumeMounts: { name: string; mountPath: string }[]
}
interface Resource {
  kind: string
  metadata: { name: string }
  data?: Record<string, string>
  spec: {
    template?: {
      metadata: { labels: Record<string, string> }
      spec: {
        securityContext: { runAsNonRoot: boolean }
        terminationGracePeriodSeconds?: number
        containers: Container[]
        volumes: { name: string }[]
      }
    }
    selector?: Record<string, unknown>
    scaleTargetRef?: { kind: string; name: string }
    volumeClaimTemplates?: { metadata: { name: string } }[]
    rules?: { http: { paths: { backend: { service: { name: string } } }[] } }[]
  }
}

const ROOT = Bun.fileURLToPath(new URL('../deploy/kubernetes', import.meta.url))
/** The secrets that `docs/kubernetes.md` says to create. */
const SECRETS = {
  'auth-secret': 'x'.repeat(32),
  store: 'postgres://roar:secret@postgres:5432/roar',
  'relay-secret': 'y'.repeat(32),
  upstream: `mqtt://relay:${'y'.repeat(32)}@deliver-0.deliver:1883,mqtt://relay:${'y'.repeat(32)}@deliver-1.deliver:1883`,
}

function resourcesOf(folder: string): Resource[] {
  const files = readdirSync(join(ROOT, folder)).filter((file) => file !== 'kustomization.yaml')
  const { resources } = Bun.YAML.parse(readFileSync(join(ROOT, folder, 'kustomization.yaml'), 'utf8')) as {
    resources: string[]
  }
  expect(resources.toSorted()).toEqual(files.toSorted())
  return files.flatMap((file) => Bun.YAML.parse(readFileSync(join(ROOT, folder, file), 'utf8')) as Resource)
}

describe.each([
  ['one', ['up']],
  ['cluster', ['aggregate', 'deliver', 'edge', 'ingest', 'studio', 'topics']],
])('the manifests of %s', (folder, roles) => {
  const resources = resourcesOf(folder)
  const maps = Object.fromEntries(
    resources.flatMap(({ kind, metadata, data }) => (kind === 'ConfigMap' ? [[metadata.name, data!]] : [])),
  )
  const pods = resources.flatMap(({ spec, metadata }) => {
    const pod = spec?.template?.spec
    return pod === undefined ? [] : [{ pod, name: metadata.name, spec, container: pod.containers[0]! }]
  })
  const served = pods.filter(({ container }) => container.args[0] !== 'topics')

  test('have each role', () => {
    expect(pods.map(({ container }) => container.args[0]!).toSorted()).toEqual(roles)
  })

  test.each(served)(
    '$name: its settings are those of its role, and enough for a start',
    ({ pod, container, spec }) => {
      const secrets = mkdtempSync(join(tmpdir(), 'roar-secrets-'))
      // `/data`, which exists only in the image.
      const data = join(secrets, 'data')
      for (const [name, text] of Object.entries(SECRETS))
        writeFileSync(join(secrets, name), text, { mode: 0o400 })
      try {
        const env = Object.fromEntries([
          ...(container.envFrom ?? []).flatMap(({ configMapRef }) =>
            Object.entries(maps[configMapRef.name]!),
          ),
          ...(container.env ?? []).map(({ name, value }) => [
            name,
            value!.replace(/^\/secrets(?=\/)/, secrets),
          ]),
        ])
        const [word, ...flags] = container.args
        const role = roleCalled('kubernetes', word!)
        // The image's settings.
        const image = { ROAR_HOST: '0.0.0.0', ROAR_DATA: data }
        const config = readConfig({ argv: flags, env: { ...image, ...env }, reader: readerOf(role) })
        checkRole(role, config, () => {})
        const graceS = pod.terminationGracePeriodSeconds!
        expect(graceS).toBeGreaterThan(config['drain-ms'] / 1000 + container.lifecycle!.preStop.sleep.seconds)
        const purposes = wantedOf(role.parts, config).flatMap(({ serves }) => serves)
        const paths = ['/healthz', '/readyz', ...purposes.map((purpose) => `/readyz/${purpose}`)]
        expect(paths).toContain(container.readinessProbe!.httpGet.path)
        expect(container.livenessProbe!.httpGet.path).toBe('/healthz')
        const mqtt = (config as { 'mqtt-port'?: unknown })['mqtt-port']
        expect(container.ports!.some(({ name }) => name === 'mqtt')).toBe(
          role.name === 'deliver' && mqtt === 1883,
        )
        const volumes = [...pod.volumes, ...(spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata)]
        for (const { name } of container.volumeMounts) expect(volumes.map(({ name }) => name)).toContain(name)
      } finally {
        rmSync(secrets, { recursive: true })
      }
    },
  )

  test.each(pods)('$name: has no right that it does not need', ({ pod, container }) => {
    expect(pod.securityContext.runAsNonRoot).toBe(true)
    expect(container.securityContext).toEqual({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    })
    expect(container.resources).toMatchObject({ requests: {}, limits: {} })
  })

  test('whatever is pointed at is there', () => {
    const labels = pods.map(({ spec }) => spec.template!.metadata.labels)
    for (const { kind, metadata, spec } of resources) {
      if (
        kind === 'Service' ||
        kind === 'PodDisruptionBudget' ||
        kind === 'StatefulSet' ||
        kind === 'Deployment'
      ) {
        const selector = (spec.selector!.matchLabels ?? spec.selector) as Record<string, string>
        const found = labels.some((of) => Object.entries(selector).every(([key, value]) => of[key] === value))
        expect([kind, metadata.name, found]).toEqual([kind, metadata.name, true])
      }
      if (spec?.scaleTargetRef)
        expect(
          resources.some(
            (r) => r.kind === spec.scaleTargetRef!.kind && r.metadata.name === spec.scaleTargetRef!.name,
          ),
        ).toBe(true)
      for (const { http } of spec?.rules ?? [])
        for (const { backend } of http.paths)
          expect(
            resources.some((r) => r.kind === 'Service' && r.metadata.name === backend.service.name),
          ).toBe(true)
    }
  })
})
