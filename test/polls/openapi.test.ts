import { expect, test } from 'bun:test'
import { OPENAPI } from '../../services/http/openapi.ts'
import { pollRoutes } from '../../services/polls/routes.ts'
import { pollStudioRoutes } from '../../services/studio/polls.ts'

test('every call about polls is in openapi.json, with its methods', () => {
  const routes = { ...pollRoutes({} as never), ...pollStudioRoutes({} as never) }
  const paths = OPENAPI.paths as Record<string, object>
  for (const [path, methods] of Object.entries(routes)) {
    const described = paths[path.replaceAll(/:(\w+)/g, '{$1}')] ?? {}
    expect([path, Object.keys(methods).every((method) => method.toLowerCase() in described)]).toEqual([
      path,
      true,
    ])
  }
  expect(paths).toHaveProperty(['/v1/shows/{show}/polls/{poll}/votes', 'post'])
})
