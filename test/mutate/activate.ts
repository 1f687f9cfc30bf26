import { join } from 'node:path'
import { plugin } from 'bun'
import fc from 'fast-check'
import { apply, type Mutant } from './mutants.ts'

/** Preloaded for the tests of one mutant: its file is read with the change applied, and nothing is written. */
const mutant = JSON.parse(process.env.ROAR_MUTANT!) as Mutant
const exact = join(import.meta.dir, '../..', mutant.file)

plugin({
  name: 'mutant',
  setup(build) {
    build.onLoad({ filter: new RegExp(`${mutant.file.replaceAll(/[.\\/]/g, '\\$&')}$`) }, async (args) => {
      const source = await Bun.file(args.path).text()
      return { contents: args.path === exact ? apply(source, mutant) : source, loader: 'ts' }
    })
  },
})

// That a property fails is all that is asked for: the smallest counterexample takes many times as long to find.
fc.configureGlobal({ endOnFailure: true })
