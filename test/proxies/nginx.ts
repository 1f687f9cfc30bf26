import { join } from 'node:path'
import { endOf } from '../../deploy/programs/end-of.ts'
import { freePorts } from '../../deploy/programs/ports.ts'
import { temporaryFolder } from '../embedded.ts'

export interface Nginx {
  /** `http://127.0.0.1:…` of the server on the n-th port that was asked for. */
  urls: string[]
  stop(): Promise<void>
}

/** Starts nginx with these servers, each a `server` block's inside made from the ports of all. Resolves when it answers. */
export async function startNginx(servers: ((urls: string[]) => string)[]): Promise<Nginx> {
  const folder = temporaryFolder()
  const ports = await freePorts(servers.length)
  const urls = ports.map((port) => `http://127.0.0.1:${port}`)
  const blocks = servers.map((inside, i) => `server { listen 127.0.0.1:${ports[i]}; ${inside(urls)} }`)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder.path}/${name};`)
    .join('\n')
  const config = `daemon off;
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    worker_processes 1;
    pid ${folder.path}/pid;
    error_log ${folder.path}/error.log;
    events { worker_connections 256; }
    http {
      access_log off;
      ${temporary}
      map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
      ${blocks.join('\n')}
    }`
  const path = join(folder.path, 'nginx.conf')
  await Bun.write(path, config)
  const program = Bun.which('nginx', { PATH: `${process.env.PATH}:/usr/sbin` })!
  const nginx = Bun.spawn([program, '-c', path, '-p', folder.path], { stdout: 'ignore', stderr: 'pipe' })
  for (const url of urls) await answers(url, nginx)
  return {
    urls,
    async stop() {
      nginx.kill()
      await nginx.exited
      folder.remove()
    },
  }
}

/** Whether nginx is here: Debian puts it where users do not look. */
export const hasNginx = (): boolean => Bun.which('nginx', { PATH: `${process.env.PATH}:/usr/sbin` }) !== null

async function answers(url: string, nginx: Bun.Subprocess<'ignore', 'ignore', 'pipe'>): Promise<void> {
  for (;;) {
    if (endOf(nginx) !== null) throw new Error(await new Response(nginx.stderr).text())
    const isThere = await fetch(url).then(
      () => true,
      () => false,
    )
    if (isThere) return
    await Bun.sleep(20)
  }
}
