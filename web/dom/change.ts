/** Writes a text where it is another: writing the same again is a layout all the same. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text
}

/** Hides or shows where that is a change: an attribute that is set to what it was makes styles be looked up anew. */
export function setHidden(node: HTMLElement, hidden: boolean): void {
  if (node.hidden !== hidden) node.hidden = hidden
}

/** Sets a property of an element's own style where it is another. */
export function setStyle(node: HTMLElement, property: string, value: string): void {
  if (node.style.getPropertyValue(property) !== value) node.style.setProperty(property, value)
}
