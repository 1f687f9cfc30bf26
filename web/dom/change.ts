/**
 * Writes a text where it is another: writing the same again is a layout all the same. The text node stays, as a new one would be
 * a style as well.
 */
export function setText(node: Element, text: string): void {
  const { firstChild } = node
  if (node.textContent === text) return
  if (firstChild instanceof Text && firstChild === node.lastChild) firstChild.data = text
  else node.textContent = text
}

/** Hides or shows where that is a change: an attribute that is set to what it was makes styles be looked up anew. */
export function setHidden(node: HTMLElement, hidden: boolean): void {
  if (node.hidden !== hidden) node.hidden = hidden
}

/** Sets a property of an element's own style where it is another. */
export function setStyle(node: HTMLElement, property: string, value: string): void {
  if (node.style.getPropertyValue(property) !== value) node.style.setProperty(property, value)
}
