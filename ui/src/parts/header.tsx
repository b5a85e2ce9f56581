import { useEffect, useState } from 'preact/hooks'
import type { Overview } from '../../../src/ui/model.js'
import { useAnswer } from '../answer.js'
import { type Commands, destinations } from '../keys.js'
import { adjust, href, type Route } from '../router.js'
import { useAddress } from '../tenant.js'
import type { Theme } from '../theme.js'
import { useWork } from '../work.js'

interface Props {
  readonly route: Route
  readonly theme: Theme
  readonly commands: Commands
}

/** Which entry of the menu a page belongs to. */
const homes: { readonly [page: string]: string } = { groups: 'catalogue' }

export function Header({ route, theme, commands }: Props) {
  const { data } = useAnswer<Overview>(useAddress('overview'))
  const page = route.path[0] ?? 'overview'
  const current = homes[page] ?? page
  return (
    <header class="top">
      <div class="brand">
        <a href={href(['overview'])} class="logo" aria-label="fstore, overview">
          <Logo />
        </a>
        <span class="project" title={data && `${data.project}, fstore ${data.version}, ${data.database.place}`}>
          {data?.project ?? ''}
        </span>
      </div>
      <nav aria-label="Pages">
        {destinations.map(({ path, title, key }) => (
          <a key={path} href={href([path])} aria-current={current === path ? 'page' : undefined} title={`g ${key}`}>
            {title}
          </a>
        ))}
      </nav>
      <div class="tools">
        {data && data.tenants.length > 1 && <Tenants overview={data} />}
        <button type="button" class="icon" onClick={commands.refresh} title="Ask again (r)" aria-label="Ask again">
          <Reload />
        </button>
        <button
          type="button"
          class="icon"
          onClick={commands.theme}
          title={`Theme: ${theme} (t)`}
          aria-label={`Theme: ${theme}`}
        >
          <ThemeIcon theme={theme} />
        </button>
        <button type="button" class="icon" onClick={commands.help} title="Keys (?)" aria-label="Keys">
          ?
        </button>
      </div>
      <Progress />
    </header>
  )
}

function Tenants({ overview }: { overview: Overview }) {
  const choose = (event: Event) => adjust({ tenant: (event.currentTarget as HTMLSelectElement).value }, { step: true })
  return (
    <select class="tenant" aria-label="Tenant" title="Tenant" value={overview.tenant} onChange={choose}>
      {overview.tenants.map(({ tenant, displayName, status }) => (
        <option key={tenant} value={tenant}>
          {displayName ?? tenant}
          {status === 'suspended' ? ' (suspended)' : ''}
        </option>
      ))}
    </select>
  )
}

/** A line under the header, shown only where an answer takes longer than a blink. */
function Progress() {
  const { asking } = useWork()
  const [isSlow, setSlow] = useState(false)
  const isAsking = asking > 0
  useEffect(() => {
    const timer = setTimeout(() => setSlow(isAsking), isAsking ? 250 : 0)
    return () => clearTimeout(timer)
  }, [isAsking])
  return <div class={isSlow ? 'progress busy' : 'progress'} />
}

function Logo() {
  return (
    <svg width="22" height="22" viewBox="0 0 16 16" aria-hidden="true">
      <rect width="16" height="16" rx="4" class="logo-ground" />
      <path d="M4 5h8M4 8h6M4 11h4" class="logo-lines" />
    </svg>
  )
}

function Reload() {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" class="drawn" aria-hidden="true">
      <path d="M13 8a5 5 0 1 1-1.5-3.5M13 2v3h-3" />
    </svg>
  )
}

function ThemeIcon({ theme }: { theme: Theme }) {
  const shapes = {
    system: <path d="M2.5 3h11v7.5h-11zM6 13.5h4M8 10.5v3" />,
    light: (
      <path d="M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9" />
    ),
    dark: <path d="M13 9.7A5.6 5.6 0 0 1 6.3 3a5.6 5.6 0 1 0 6.7 6.7z" />,
  }
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" class="drawn" aria-hidden="true">
      {shapes[theme]}
    </svg>
  )
}
