export interface Option {
  readonly value: string
  readonly label: string
  /** Stands above those that follow one another and have it. */
  readonly group?: string
}

/** What a select can be set to. */
export function Options({ of }: { of: readonly Option[] }) {
  return (
    <>
      {byGroup(of).map(([group, options]) =>
        group === undefined ? (
          options.map(optionView)
        ) : (
          <optgroup key={group} label={group}>
            {options.map(optionView)}
          </optgroup>
        ),
      )}
    </>
  )
}

function optionView({ value, label }: Option) {
  return (
    <option key={value} value={value}>
      {label}
    </option>
  )
}

type Group = readonly [title: string | undefined, options: Option[]]

function byGroup(options: readonly Option[]): Group[] {
  const groups: Group[] = []
  for (const option of options) {
    const last = groups.at(-1)
    if (last !== undefined && last[0] === option.group) last[1].push(option)
    else groups.push([option.group, [option]])
  }
  return groups
}
