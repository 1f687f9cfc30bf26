import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Subprocess } from 'bun'
import { cached } from './cached.ts'
import { endOf } from './end-of.ts'
import { ENDS_WITH_US } from './ends-with-us.ts'
import { goBuild } from './go-build.ts'
import { freePorts } from './ports.ts'

const MINOR = 37
const PATCH = 2
const VERSION = `v1.${MINOR}.${PATCH}`
const MODULE = 'k8s.io/kubernetes'
/** It says which version it is by these, and does not start without. */
const VERSION_FLAGS = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
  .flatMap((at) => [`${at}.gitVersion=${VERSION}`, `${at}.gitMajor=1`, `${at}.gitMinor=${MINOR}`])
  .map((value) => `-X ${value}`)
  .join(' ')
const TOKEN = 'an-administrator'
const READY_ASKED_MAX = 600

/** The folder with Kubernetes' API server. Built with Go on first use, which takes some ten minutes of one core. */
const apiServerFolder = (): Promise<string> =>
  cached(`kube-apiserver-${VERSION}`, (folder) =>
    goBuild(folder, {
      module: MODULE,
      version: VERSION,
      program: `${MODULE}/cmd/kube-apiserver`,
      linkerFlags: VERSION_FLAGS,
      // Kubernetes' own go.mod takes these modules from its tree; published, each has a version of its own.
      replaced: (goMod) =>
        [...goMod.matchAll(/^\t(k8s\.io\/\S+) v0\.0\.0(?= |$)/gm)].map(
          ([, name]) => `${name} => ${name} v0.${MINOR}.${PATCH}`,
        ),
    }),
  )

/** Kubernetes' API server on an etcd of its own, on free ports of this machine. Nothing runs what is applied to it. */
export interface ApiServer extends AsyncDisposable {
  version: string
  /** For kubectl, as an administrator. */
  kubeconfig: string
}

export async function startApiServer(): Promise<ApiServer> {
  const program = join(await apiServerFolder(), 'kube-apiserver')
  const folder = mkdtempSync(join(tmpdir(), 'roar-kubernetes-'))
  const at = (name: string) => join(folder, name)
  const [client, peer, port] = (await freePorts(3)) as [number, number, number]
  const [clientUrl, peerUrl] = [client, peer].map((each) => `http://127.0.0.1:${each}`) as [string, string]
  const { privateKey } = await crypto.subtle.generateKey(
    {
      name: 'RSASSA-PKCS1-v1_5',
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: 'SHA-256',
    },
    true,
    ['sign', 'verify'],
  )
  const key = new Uint8Array(await crypto.subtle.exportKey('pkcs8', privateKey))
  await Bun.write(
    at('key.pem'),
    `-----BEGIN PRIVATE KEY-----\n${key.toBase64()}\n-----END PRIVATE KEY-----\n`,
  )
  await Bun.write(at('tokens.csv'), `${TOKEN},admin,admin,system:masters\n`)
  const url = `https://127.0.0.1:${port}`
  await Bun.write(at('kubeconfig'), JSON.stringify(kubeconfigOf(url)))
  const run = (...words: string[]): Subprocess =>
    Bun.spawn([...ENDS_WITH_US, ...words], {
      cwd: folder,
      stdout: 'ignore',
      stderr: Bun.file(at(`${running.length}.log`)),
    })
  const running: Subprocess[] = []
  running.push(
    run(
      'etcd',
      ...['--data-dir', at('etcd'), '--unsafe-no-fsync'],
      ...['--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl],
      ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
      ...['--initial-cluster', `default=${peerUrl}`],
    ),
  )
  running.push(
    run(
      program,
      ...[`--etcd-servers=${clientUrl}`, '--bind-address=127.0.0.1', `--secure-port=${port}`],
      ...[`--cert-dir=${at('certificates')}`, `--token-auth-file=${at('tokens.csv')}`],
      ...['--authorization-mode=RBAC', '--service-cluster-ip-range=10.96.0.0/16'],
      ...['--service-account-issuer=https://kubernetes.default.svc', '--endpoint-reconciler-type=none'],
      ...[
        `--service-account-key-file=${at('key.pem')}`,
        `--service-account-signing-key-file=${at('key.pem')}`,
      ],
      // The accounts of pods come from a controller that does not run here.
      '--disable-admission-plugins=ServiceAccount',
    ),
  )
  const close = async (): Promise<void> => {
    for (const each of running.toReversed()) {
      each.kill()
      await each.exited
    }
    rmSync(folder, { recursive: true })
  }
  for (let asked = 0; !(await isReady(url)); asked++) {
    const ended = running.findIndex((each) => endOf(each) !== null)
    if (ended >= 0 || asked > READY_ASKED_MAX) {
      const log = readFileSync(at(`${ended >= 0 ? ended : 1}.log`), 'utf8').slice(-2000)
      await close()
      throw new Error(`Kubernetes' API server did not start:\n${log}`)
    }
    await Bun.sleep(100)
  }
  return { version: VERSION, kubeconfig: at('kubeconfig'), [Symbol.asyncDispose]: close }
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/readyz`, {
    headers: { authorization: `Bearer ${TOKEN}` },
    tls: { rejectUnauthorized: false },
  }).then(
    ({ ok }) => ok,
    () => false,
  )

const kubeconfigOf = (server: string) => ({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'test', cluster: { server, 'insecure-skip-tls-verify': true } }],
  users: [{ name: 'admin', user: { token: TOKEN } }],
  contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
  'current-context': 'test',
})
