/**
 * Does what a form is for when its button is pressed, or Enter in one of its fields, which presses the button (HTML, implicit
 * submission). A frame whose sandbox has no `allow-forms` never hears of a `submit`, so none is waited for.
 */
export function onSubmit(form: HTMLFormElement, act: () => void): void {
  form.addEventListener('click', (event) => {
    const pressed = (event.target as Element).closest('button')
    if (pressed?.type !== 'submit') return
    event.preventDefault()
    act()
  })
}
