import { Button } from './button.tsx'
import { type Change, Outcome } from './outcome.tsx'

/** How a form in a window ends: what became of sending it, and the two ways out. @param label What sending it does. */
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
