import { parseSync } from 'oxc-parser'

/** One small change of a source file that a test should notice. */
export interface Mutant {
  /** From the repository's root. */
  file: string
  /** First line is 1. */
  line: number
  start: number
  end: number
  before: string
  after: string
}

/** A node of the syntax tree: ESTree, with places. */
interface Node {
  type: string
  start: number
  end: number
  [field: string]: unknown
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'

/** What a node is replaced by: the text between two places. */
type Change = [start: number, end: number, after: string]

/**
 * Every mutant of a file, in its order. The operators are the field's usual ones: conditions turned, moved by one, made
 * constant; arithmetic turned; numbers, texts, lists, flags and optional steps changed; calls, assignments and bodies
 * left out. What is only for the compiler (types) or only words (messages of errors) is left alone.
 */
export function mutantsOf(file: string, source: string): Mutant[] {
  const { program, errors } = parseSync(file, source)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]!.message}`)
  const changes: Change[] = []
  walk(program as unknown as Node, (node, parents) => {
    const change = OPERATORS[node.type]
    if (change !== undefined && !isWords(node, parents)) changes.push(...change(node, source, parents))
  })
  return changes
    .map(([start, end, after]) => ({
      file,
      line: source.slice(0, start).split('\n').length,
      start,
      end,
      before: source.slice(start, end),
      after,
    }))
    .filter(({ before, after }) => before !== after)
    .toSorted((a, b) => a.start - b.start || a.end - b.end)
}

export const apply = (source: string, { start, end, after }: Mutant): string =>
  source.slice(0, start) + after + source.slice(end)

function walk(node: Node, visit: (node: Node, parents: Node[]) => void, parents: Node[] = []): void {
  if (node.type.startsWith('TS') && !KEEPS_VALUE.has(node.type)) return
  if (node.type === 'ImportDeclaration' || node.type === 'ExportAllDeclaration') return
  visit(node, parents)
  const within = [...parents, node]
  for (const child of Object.values(node).flat()) if (isNode(child)) walk(child, visit, within)
}

/** TypeScript around a value that runs. */
const KEEPS_VALUE = new Set(['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression'])

/** Words for people, which tests need not know letter by letter: a text with a space in it, and whatever an error says. */
function isWords(node: Node, parents: Node[]): boolean {
  const raw =
    node.type === 'Literal'
      ? String(node.value)
      : node.type === 'TemplateLiteral'
        ? (node.quasis as { value: { raw: string } }[]).map(({ value }) => value.raw).join('')
        : undefined
  if (raw === undefined) return false
  const isInError = parents.some(
    ({ type, callee }) => type === 'NewExpression' && /Error$/.test((callee as { name?: string }).name ?? ''),
  )
  return raw.includes(' ') || isInError
}

const text = (source: string, node: unknown): string => source.slice((node as Node).start, (node as Node).end)
const whole = (node: Node, after: string): Change => [node.start, node.end, after]

/** The operator of a binary node is the text between its sides. */
function operatorAt(node: Node, source: string): [number, number] {
  const left = node.left as Node
  const at = source.indexOf(node.operator as string, left.end)
  return [at, at + (node.operator as string).length]
}

const TURNED: Record<string, string[]> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '**': ['*'],
  '&': ['|'],
  '|': ['&'],
  '^': ['&'],
  '<<': ['>>'],
  '>>': ['<<'],
  '>>>': ['<<'],
  '&&': ['||'],
  '||': ['&&'],
  '??': ['&&'],
  '+=': ['-='],
  '-=': ['+='],
  '*=': ['/='],
  '|=': ['&='],
  '&=': ['|='],
  '^=': ['|='],
  '>>>=': ['<<='],
  '??=': ['&&='],
}

function turned(node: Node, source: string): Change[] {
  const operator = node.operator as string
  // Two texts are only ever added.
  if (operator === '+' && [node.left, node.right].some((side) => /^['"`]/.test(text(source, side)))) return []
  const [start, end] = operatorAt(node, source)
  return (TURNED[operator] ?? []).map((after): Change => [start, end, after])
}

const constant = (test: unknown): Change[] =>
  isNode(test) && test.type !== 'Literal' ? [whole(test, 'true'), whole(test, 'false')] : []

const OPERATORS: Record<string, (node: Node, source: string, parents: Node[]) => Change[]> = {
  BinaryExpression: turned,
  LogicalExpression: turned,
  AssignmentExpression: turned,
  IfStatement: ({ test }) => constant(test),
  ConditionalExpression: ({ test }) => constant(test),
  // A loop that never ends is noticed by the clock alone.
  WhileStatement: ({ test }) => (isNode(test) && test.type !== 'Literal' ? [whole(test, 'false')] : []),
  ForStatement: ({ test }) => (isNode(test) ? [whole(test, 'false')] : []),
  UnaryExpression: (node, source) =>
    node.operator === '!' || node.operator === '-' || node.operator === '~'
      ? [whole(node, text(source, node.argument))]
      : [],
  UpdateExpression: (node, source) => [
    whole(
      node,
      text(source, node).replaceAll(/\+\+|--/g, (sign) => (sign === '++' ? '--' : '++')),
    ),
  ],
  Literal: (node, _, parents) => literal(node, parents.at(-1)!),
  TemplateLiteral: (node) => [whole(node, '``')],
  ArrayExpression: (node) => ((node.elements as unknown[]).length > 0 ? [whole(node, '[]')] : []),
  ChainExpression: (node, source) => [whole(node, text(source, node).replace('?.', '.').replace('.[', '['))],
  ExpressionStatement: (node) => ((node.expression as Node).type === 'Literal' ? [] : [whole(node, ';')]),
  ReturnStatement: (node, source) =>
    isNode(node.argument) && text(source, node.argument) !== 'undefined'
      ? [whole(node, 'return undefined as never')]
      : [],
  ArrowFunctionExpression: ({ body, expression }, source) =>
    expression && isNode(body) && text(source, body) !== 'undefined'
      ? [whole(body, '(undefined as never)')]
      : [],
  SpreadElement: (node, _source, parents) =>
    parents.at(-1)!.type === 'ObjectExpression' ? [whole(node, '...{}')] : [],
  BreakStatement: (node) => [whole(node, ';')],
  ContinueStatement: (node) => [whole(node, ';')],
}

function literal(node: Node, parent: Node): Change[] {
  const { value } = node
  if (typeof value === 'boolean') return [whole(node, String(!value))]
  if (typeof value === 'number') return [whole(node, String(value + 1))]
  if (typeof value === 'bigint') return [whole(node, `${value + 1n}n`)]
  if (typeof value === 'string' && !(parent.type === 'Property' && parent.key === node)) {
    return [whole(node, value === '' ? "'mutant'" : "''")]
  }
  return []
}
