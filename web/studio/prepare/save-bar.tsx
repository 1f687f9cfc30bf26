import { Button } from '../ui/button.tsx'
import { Outcome } from '../ui/outcome.tsx'
import type { useDraft } from './use-draft.ts'
import { Whose } from './whose.tsx'

/** Saves the changes; if somebody else was faster, asks which to keep. */
export function SaveBar({ draft }: { draft: ReturnType<typeof useDraft> }) {
  const { save, theirs, isChanged, clashes } = draft
  return (
    <div className="stack">
      {theirs === undefined ? (
        <Outcome of={save} />
      ) : (
        <div className="caution stack" role="alert">
          <p>Somebody else changed {clashes.join(', ')} in the meantime. Whose holds?</p>
          <Whose {...draft} />
        </div>
      )}
      <div className="row">
        <Button look="main" isDisabled={!isChanged} isPending={save.isPending} onPress={draft.submit}>
          Save
        </Button>
        <span className="muted" role="status">
          {isChanged ? 'Not saved yet' : save.isSuccess ? 'Saved: viewers have it within two seconds' : ''}
        </span>
      </div>
    </div>
  )
}
