/**
 * `npm run kubernetes`: what docs/kubernetes.md says to type, typed against a real API server of Kubernetes, in a namespace with the
 * strictest standard for pods. It validates, sets defaults and admits; nothing runs the pods. Exit code 1 if it refuses something or
 * warns, 2 where a program is missing.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiServer, startApiServer } from '../../deploy/programs/kubernetes.ts'

const ROOT = join(import.meta.dir, '../..')
const STRICTEST = ['enforce', 'warn'].map((what) => `pod-security.kubernetes.io/${what}=restricted`)
const SECRETS = ['auth-secret', 'relay-secret', 'store', 'upstream']

/** A section of the page: its blocks of commands, first to install and then to upgrade. */
interface Section {
  folder: string
  blocks: string[][]
}

const missing = ['etcd', 'go', 'kubectl'].filter((program) => Bun.which(program) === null)
if (missing.length > 0) {
  console.error(`kubernetes: ${missing.join(', ')}: not in the PATH`)
  process.exit(2)
}

const sections = sectionsOf(readFileSync(join(ROOT, 'docs/kubernetes.md'), 'utf8'))
if (sections.length !== 2) throw new Error(`docs/kubernetes.md has ${sections.length} sections with commands`)
let isRight = true
for (const section of sections) {
  // Each has the namespace of its own server.
  await using server = await startApiServer()
  const faults = faultsOf(section, server)
  for (const fault of faults) console.error(`kubernetes: ${section.folder}: ${fault}`)
  isRight &&= faults.length === 0
  if (faults.length === 0)
    console.log(`kubernetes: ${section.folder}: accepted by Kubernetes ${server.version}`)
}
process.exitCode = isRight ? 0 : 1

function sectionsOf(page: string): Section[] {
  return page.split(/^## /m).flatMap((text) => {
    const blocks = [...text.matchAll(/(?:^ {4}kubectl .*\n)+/gm)].map(([block]) =>
      block.trim().split(/\n\s*/),
    )
    const folder = /-k (deploy\/\S+)/.exec(text)?.[1]
    return folder === undefined ? [] : [{ folder, blocks }]
  })
}

function faultsOf({ folder, blocks }: Section, { kubeconfig }: ApiServer): string[] {
  const at = mkdtempSync(join(tmpdir(), 'roar-manifests-'))
  try {
    cpSync(join(ROOT, 'deploy/kubernetes'), join(at, 'deploy/kubernetes'), { recursive: true })
    for (const name of SECRETS) writeFileSync(join(at, name), 'a text of thirty-two letters and more')
    const faults: string[] = []
    const run = (words: string[], input = ''): string => {
      const { exitCode, stdout, stderr } = Bun.spawnSync(['kubectl', ...words], {
        ...{ cwd: at, env: { ...process.env, KUBECONFIG: kubeconfig }, stdin: new Blob([input]) },
      })
      // A warning, too: of a field that is unknown or deprecated, or of a pod that is allowed too much.
      const said = stderr.toString().trim()
      if (exitCode !== 0 || said !== '') faults.push(`kubectl ${words.join(' ')}: ${said}`)
      return stdout.toString()
    }
    blocks.forEach((block, i) => {
      const tag = `9.${i}.0`
      const file = join(at, folder, 'kustomization.yaml')
      writeFileSync(file, readFileSync(file, 'utf8').replace(/newTag: "[^"]+"/, `newTag: "${tag}"`))
      for (const line of block) {
        run(line.split(' ').slice(1))
        if (line.includes('create namespace')) run(['label', 'namespace', 'roar', ...STRICTEST])
      }
      const images = run(['-n', 'roar', 'get', 'deploy,sts,job', '-o', 'jsonpath={..image}']).split(' ')
      const others = images.filter((image) => !image.endsWith(`:${tag}`))
      if (others.length > 0) faults.push(`${others} is still there after version ${tag} was applied`)
    })
    // A pod's template is only checked when a controller makes a pod of it.
    const pods = podsIn(run(['kustomize', folder]))
    if (pods.length === 0) faults.push('there is no pod')
    for (const pod of pods) run(['create', '--dry-run=server', '-f', '-'], JSON.stringify(pod))
    return faults
  } finally {
    rmSync(at, { recursive: true })
  }
}

interface Manifest {
  metadata: { name: string }
  spec?: {
    template?: { metadata: object; spec: { volumes: object[] } }
    volumeClaimTemplates?: { metadata: { name: string } }[]
  }
}

function podsIn(manifests: string): object[] {
  return ([Bun.YAML.parse(manifests)].flat() as Manifest[]).flatMap(({ metadata: { name }, spec }) => {
    const { template, volumeClaimTemplates = [] } = spec ?? {}
    if (template === undefined) return []
    const metadata = { ...template.metadata, name, namespace: 'roar' }
    const claimed = volumeClaimTemplates.map(({ metadata: { name } }) => ({ name, emptyDir: {} }))
    const volumes = [...template.spec.volumes, ...claimed]
    return [{ apiVersion: 'v1', kind: 'Pod', metadata, spec: { ...template.spec, volumes } }]
  })
}
