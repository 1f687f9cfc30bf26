import { Button } from './button.tsx'
import { type Change, Outcome } from './outcome.tsx'

/**
 * The end of a form in a dialog: the outcome of sending it, and its two buttons. @param label The label of the sending button.
 */
export const FormEnd = ({
  change,
  label,
  onCancel,
}: {
  change: Change
  label: string
  onCancel: () => void
}) => (
  <>
    <Outcome of={change} />
    <div className="row end">
      <Button look="bare" onPress={onCancel}>
        Cancel
      </Button>
      <Button type="submit" look="main" isPending={change.isPending}>
        {label}
      </Button>
    </div>
  </>
)
