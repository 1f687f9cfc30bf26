/**
 * Runs `act` when a form's button is pressed, or Enter in one of its fields, which presses the button (HTML, implicit
 * submission). `submit` is not used: a frame whose sandbox lacks `allow-forms` never fires it.
 */
export function onSubmit(form: HTMLFormElement, act: () => void): void {
  form.addEventListener('click', (event) => {
    const pressed = (event.target as Element).closest('button')
    if (pressed?.type !== 'submit') return
    event.preventDefault()
    act()
  })
}
