/** The fields of a form, each with its name. */

interface ChoiceProps {
  readonly label: string
  readonly value: string
  readonly options: readonly (string | readonly [value: string, text: string])[]
  /** What choosing nothing is called. */
  readonly none?: string
  readonly choose: (value: string) => void
}

export function Choice({ label, value, options, none, choose }: ChoiceProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        {none !== undefined && <option value="">{none}</option>}
        {options.map((option) => {
          const [given, text] = typeof option === 'string' ? [option, option] : option
          return (
            <option key={given} value={given}>
              {text}
            </option>
          )
        })}
      </select>
    </label>
  )
}

interface TextProps {
  readonly label: string
  readonly value: string
  readonly placeholder?: string
  readonly type?: (value: string) => void
  /** When it is left, or Enter is pressed. */
  readonly settle?: (value: string) => void
  /** The field that `/` leads to. */
  readonly search?: boolean
  readonly focused?: boolean
  readonly name?: string
}

export function Text({ label, value, placeholder, type, settle, search, focused, name }: TextProps) {
  return (
    <label class={search ? 'field search' : 'field'}>
      <span>{label}</span>
      <input
        type={search ? 'search' : 'text'}
        name={name}
        value={value}
        placeholder={placeholder}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        {...(search && { 'data-search': true })}
        ref={(field) => {
          if (focused && field && !field.dataset.focused) {
            field.dataset.focused = 'true'
            field.focus()
          }
        }}
        onInput={({ currentTarget }) => type?.(currentTarget.value)}
        onChange={({ currentTarget }) => settle?.(currentTarget.value)}
      />
    </label>
  )
}

interface TabsProps {
  readonly label: string
  readonly tabs: readonly { readonly id: string; readonly title: string; readonly count?: number | undefined }[]
  readonly current: string
  readonly href: (id: string) => string
}

/** Views of one thing. They are links, so that each has its address. */
export function Tabs({ label, tabs, current, href }: TabsProps) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ id, title, count }) => (
        <a key={id} href={href(id)} aria-current={id === current ? 'true' : undefined}>
          {title}
          {count !== undefined && <span class="count">{count}</span>}
        </a>
      ))}
    </nav>
  )
}
