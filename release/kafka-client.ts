import type { BunPlugin } from 'bun'

const WHERE_CHECKS_ARE_MADE = /new Ajv2020\(\{(.+)\}\)/

/** What a build changes of the Kafka client. @throws Error when it is another client than this was written for */
export const kafkaClient: BunPlugin = {
  name: 'Kafka client',
  setup: ({ onLoad, onResolve }) => {
    // Its checksums and compression read a .wasm by path; the same package also has it as a module.
    onResolve({ filter: /^@platformatic\/wasm-utils$/ }, ({ importer }) => ({
      path: Bun.resolveSync('@platformatic/wasm-utils/bundled', importer),
    }))
    // When loaded it compiles the checks of every call's options, half a second of a core, though a program makes few of the calls:
    // here each is compiled when it is first asked. Its schemas are its own, and are not checked themselves.
    onLoad({ filter: /\/@platformatic\/kafka\/dist\/utils\.js$/ }, async ({ path }) => {
      const source = await Bun.file(path).text()
      if (!WHERE_CHECKS_ARE_MADE.test(source)) throw new Error(`${path} makes no checks`)
      const late = 'late(new Ajv2020({$1, validateSchema: false }))'
      return { loader: 'js', contents: source.replace(WHERE_CHECKS_ARE_MADE, late) + LATE }
    })
  },
}

const LATE = `
function late(ajv) {
  const compile = ajv.compile.bind(ajv)
  ajv.compile = (schema) => {
    let check
    const ask = (options) => {
      check ??= compile(schema)
      const areGood = check(options)
      ask.errors = check.errors
      return areGood
    }
    return ask
  }
  return ajv
}`
