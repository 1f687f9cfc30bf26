import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Versions of third-party generators; each is fetched from its own registry the first time. */
const HEY_API = '@hey-api/openapi-ts@0.99.0'
const OAPI_CODEGEN = 'github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2'
const OPENAPI_PYTHON_CLIENT = 'openapi-python-client==0.29.1'
const OPENAPI_GENERATOR = 'org.openapitools:openapi-generator-cli:7.25.0'

/** Generates a client from `openapi.json` in this folder. Resolves with the command that runs the program beside it. */
export type Generator = (folder: string, run: Run) => Promise<string[]>
/** Runs a command in the folder. @throws with its output when it fails */
export type Run = (...command: string[]) => Promise<string>

const program = (name: string) => join(import.meta.dir, name)

export const GENERATORS: Record<string, Generator> = {
  async typescript(folder, run) {
    // The generator needs the API of the old TypeScript compiler.
    await run(
      ...['npx', '--yes', '-p', 'typescript@5.9.3', '-p', HEY_API],
      ...['openapi-ts', '-i', 'openapi.json', '-o', 'generated'],
    )
    await copyFile(program('client.ts'), join(folder, 'client.ts'))
    return [process.execPath, 'client.ts']
  },

  async go(folder, run) {
    await run('go', 'mod', 'init', 'clients')
    await run('mkdir', 'roar')
    await run(
      ...['go', 'run', OAPI_CODEGEN, '-generate', 'types,client', '-package', 'roar'],
      ...['-o', 'roar/roar.go', 'openapi.json'],
    )
    await copyFile(program('client.go'), join(folder, 'main.go'))
    await run('go', 'mod', 'tidy')
    await run('go', 'build', '-o', 'client', '.')
    return ['./client']
  },

  async python(folder, run) {
    await run('python3', '-m', 'venv', 'venv')
    await run('venv/bin/pip', 'install', '--quiet', OPENAPI_PYTHON_CLIENT)
    await run(
      ...['venv/bin/openapi-python-client', 'generate', '--path', 'openapi.json'],
      ...['--meta', 'none', '--output-path', 'roar_client'],
    )
    await copyFile(program('client.py'), join(folder, 'client.py'))
    return ['venv/bin/python', 'client.py']
  },

  async java(folder, run) {
    const [, artifact, version] = OPENAPI_GENERATOR.split(':')
    await run('mvn', '-q', '-B', 'dependency:copy', `-Dartifact=${OPENAPI_GENERATOR}`, '-DoutputDirectory=.')
    await run(
      ...['java', '-jar', `${artifact}-${version}.jar`, 'generate', '-i', 'openapi.json', '-g', 'java'],
      ...['--library', 'native', '-o', '.', '--global-property', 'apiTests=false,modelTests=false'],
      // One object as argument: a new optional parameter then breaks no caller.
      ...['--additional-properties', 'useSingleRequestParameter=true'],
    )
    await copyFile(program('Client.java'), join(folder, 'src/main/java/Client.java'))
    await run('mvn', '-q', '-B', 'compile', 'dependency:copy-dependencies', '-DincludeScope=runtime')
    return ['java', '-cp', 'target/classes:target/dependency/*', 'Client']
  },
}
