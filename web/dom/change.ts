/**
 * Sets a text if it differs: writing the same text again would cost a layout. The text node is kept, as a new one would cost a
 * style pass too.
 */
export function setText(node: Element, text: string): void {
  const { firstChild } = node
  if (node.textContent === text) return
  if (firstChild instanceof Text && firstChild === node.lastChild) firstChild.data = text
  else node.textContent = text
}

/** Hides or shows if that is a change: setting an attribute to its own value triggers a style pass. */
export function setHidden(node: HTMLElement, hidden: boolean): void {
  if (node.hidden !== hidden) node.hidden = hidden
}

/** Sets a property of an element's own style if it differs. */
export function setStyle(node: HTMLElement, property: string, value: string): void {
  if (node.style.getPropertyValue(property) !== value) node.style.setProperty(property, value)
}
