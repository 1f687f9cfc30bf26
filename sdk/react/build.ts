import { build } from '../build.ts'

await build({
  root: import.meta.dirname,
  sources: { 'index.js': 'src/index.ts' },
  external: ['react', '@roar/client', '@roar/client/*'],
  types: 'sdk/react/src',
})
