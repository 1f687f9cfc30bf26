import {
  Button,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
  Text,
} from 'react-aria-components'

/** One of a few, from a drop-down list, as soon as there are any. */
export function Choose<Value extends string>({
  label,
  value,
  options,
  onChange,
  help,
  isDisabled = false,
  isBare = false,
}: {
  label: string
  value: Value
  options: readonly { id: Value; title: string; about?: string }[]
  onChange: (value: Value) => void
  help?: string | undefined
  isDisabled?: boolean
  /** Hides the label; it is then for screen readers only. */
  isBare?: boolean
}) {
  return (
    <Select
      className="field choose"
      value={value}
      onChange={(next) => onChange(next as Value)}
      isDisabled={isDisabled || options.length === 0}
      {...(isBare && { 'aria-label': label })}
    >
      {!isBare && <Label>{label}</Label>}
      <Button className="button choose-button">
        <SelectValue dir="auto">{({ selectedText }) => selectedText}</SelectValue>
        <span aria-hidden="true">▾</span>
      </Button>
      {help !== undefined && <Text slot="description">{help}</Text>}
      <Popover className="popover">
        <ListBox className="menu" items={options}>
          {({ id, title, about }) => (
            <ListBoxItem id={id} textValue={title} className="menu-item">
              <Text slot="label" dir="auto">
                {title}
              </Text>
              {about !== undefined && <Text slot="description">{about}</Text>}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  )
}
