/** Makes an element with a class and children; strings become text, never markup. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className = '',
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const node = document.createElement(name)
  if (className !== '') node.className = className
  node.append(...children)
  return node
}

/** A button that submits nothing. */
export function button(className: string, ...children: (Node | string)[]): HTMLButtonElement {
  const node = element('button', className, ...children)
  node.type = 'button'
  return node
}

/** Hides a picture from screen readers, for one beside a text that says the same. */
export function silent<Node extends Element>(node: Node): Node {
  node.setAttribute('aria-hidden', 'true')
  return node
}
