import { Button } from '../ui/button.tsx'

/** Asks whose change to keep, if somebody else was faster. */
export const Whose = ({ keepMine, takeTheirs }: { keepMine: () => void; takeTheirs: () => void }) => (
  <div className="row">
    <Button onPress={keepMine}>Keep mine</Button>
    <Button onPress={takeTheirs}>Take theirs</Button>
  </div>
)
