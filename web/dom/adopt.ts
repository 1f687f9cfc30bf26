/** Adds a style, once, to the page or shadow tree that an element is in. Scripts that load late bring their own. */
export function adopt(node: Node, css: string): void {
  const root = node.getRootNode() as Document | ShadowRoot
  const sheet = SHEETS.get(css) ?? new CSSStyleSheet()
  if (!SHEETS.has(css)) sheet.replaceSync(css)
  SHEETS.set(css, sheet)
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet)
}

const SHEETS = new Map<string, CSSStyleSheet>()
