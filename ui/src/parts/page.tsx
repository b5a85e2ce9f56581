import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'

interface Props {
  readonly title: string
  readonly beside?: ComponentChildren
  readonly wide?: boolean
  readonly children: ComponentChildren
}

/** A page: its title is the window's, too. */
export function Page({ title, beside, wide, children }: Props) {
  useEffect(() => {
    document.title = `${title} · fstore`
  }, [title])
  return (
    <div class={wide ? 'page wide' : 'page'}>
      <div class="title">
        <h1>{title}</h1>
        {beside}
      </div>
      {children}
    </div>
  )
}

interface SectionProps {
  readonly title: ComponentChildren
  readonly beside?: ComponentChildren
  readonly children: ComponentChildren
}

export function Section({ title, beside, children }: SectionProps) {
  return (
    <section class="section">
      <div class="heading">
        <h2>{title}</h2>
        {beside}
      </div>
      {children}
    </section>
  )
}
