import { Button, GridList, GridListItem, type Key, useDragAndDrop } from 'react-aria-components'
import { BAR_MAX } from '../../../protocol/limits.ts'
import type { Sticker } from '../../../protocol/show.ts'
import type { StudioShow } from '../api/queries.ts'
import { StickerPicture } from '../ui/sticker-picture.tsx'
import { moved } from './moved.ts'

const TYPE = 'roar-sticker'

/**
 * The bar and the sticker browser, between which stickers are dragged: by mouse or finger, or by keyboard: Enter picks one up,
 * Tab goes to where it can be dropped.
 */
export function BarEditor({
  show,
  bar,
  onChange,
}: {
  show: StudioShow
  bar: readonly string[]
  onChange: (edit: (bar: readonly string[]) => string[]) => void
}) {
  const inBar = bar.flatMap((id) => show.stickers.filter(({ sticker }) => sticker === id))
  const others = show.stickers.filter(({ sticker }) => !bar.includes(sticker))
  const put = (ids: readonly string[], before?: string) => {
    if (moved(bar, ids, before).length <= BAR_MAX) onChange((bar) => moved(bar, ids, before))
  }
  return (
    <div className="bar-editor">
      <div>
        <p className="legend">
          In the bar <span className="muted figure">{`${bar.length} of ${BAR_MAX}`}</span>
        </p>
        <Tray label="In the bar" stickers={inBar} onDrop={put} empty="Drag stickers here" />
      </div>
      <div>
        <p className="legend">In the browser of all stickers</p>
        <Tray
          label="In the browser"
          stickers={others}
          onDrop={(ids) => onChange((bar) => bar.filter((id) => !ids.includes(id)))}
          empty="All are in the bar"
        />
      </div>
    </div>
  )
}

function Tray({
  label,
  stickers,
  onDrop,
  empty,
}: {
  label: string
  stickers: readonly Sticker[]
  /** @param before The sticker they are put in front of; absent: at the end. */
  onDrop: (ids: string[], before?: string) => void
  empty: string
}) {
  const idsOf = (keys: Iterable<Key>) => [...keys].map(String)
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => idsOf(keys).map((id) => ({ [TYPE]: id, 'text/plain': id })),
    acceptedDragTypes: [TYPE],
    getDropOperation: () => 'move',
    onReorder: ({ keys, target }) => onDrop(idsOf(keys), place(stickers, target)),
    async onInsert({ items, target }) {
      onDrop(await textsOf(items), place(stickers, target))
    },
    async onRootDrop({ items }) {
      onDrop(await textsOf(items))
    },
  })
  return (
    <GridList
      className="tray"
      aria-label={label}
      layout="grid"
      items={stickers.map((sticker) => ({ ...sticker, id: sticker.sticker }))}
      dragAndDropHooks={dragAndDropHooks}
      renderEmptyState={() => <span className="muted">{empty}</span>}
    >
      {(sticker) => (
        <GridListItem className="tray-item" textValue={sticker.title}>
          <Button slot="drag" className="tray-picture" aria-label={`Move ${sticker.title}`}>
            <StickerPicture sticker={sticker} />
          </Button>
          <bdi>{sticker.title}</bdi>
        </GridListItem>
      )}
    </GridList>
  )
}

/** The sticker in front of which a drop is. */
function place(
  stickers: readonly Sticker[],
  { key, dropPosition }: { key: Key; dropPosition: string },
): string | undefined {
  const at = stickers.findIndex(({ sticker }) => sticker === key)
  return stickers[dropPosition === 'after' ? at + 1 : at]?.sticker
}

const textsOf = async (items: Iterable<unknown>): Promise<string[]> =>
  Promise.all(
    [...items].flatMap((item) => {
      const text = item as { kind: string; getText(type: string): Promise<string> }
      return text.kind === 'text' ? [text.getText(TYPE)] : []
    }),
  )
