/** The frame around every page: where to go, whose rows, what is being asked for. */

import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { type Commands, useKeys } from './keys.js'
import { CataloguePage } from './pages/catalogue.js'
import { EntitiesPage } from './pages/entities.js'
import { GroupPage } from './pages/group.js'
import { LineagePage } from './pages/lineage.js'
import { OverviewPage } from './pages/overview.js'
import { RunsPage } from './pages/runs.js'
import { Header } from './parts/header.js'
import { Help } from './parts/help.js'
import { Missing } from './parts/notice.js'
import { isReturn, type Route, useRoute } from './router.js'
import { useTheme } from './theme.js'
import { useOwnWork, WorkContext } from './work.js'

export function App() {
  const route = useRoute()
  const work = useOwnWork()
  const [theme, nextTheme] = useTheme()
  const [isHelping, setHelping] = useState(false)
  const main = useArrival(route.path.join('/'))
  const commands: Commands = useMemo(
    () => ({ refresh: work.refresh, help: () => setHelping(true), theme: nextTheme }),
    [work.refresh, nextTheme],
  )
  useKeys(commands)
  const skip = (event: Event) => {
    event.preventDefault()
    main.current?.focus()
  }
  return (
    <WorkContext.Provider value={work}>
      {/* biome-ignore lint/a11y/useValidAnchor: it would change the address, which says what is shown */}
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <Header route={route} theme={theme} commands={commands} />
      <main id="main" tabIndex={-1} ref={main}>
        <Page route={route} />
      </main>
      {isHelping && <Help close={() => setHelping(false)} />}
    </WorkContext.Provider>
  )
}

function Page({ route: { path } }: { route: Route }) {
  const [page = 'overview', name, ...rest] = path
  if (rest.length === 0 && name !== undefined) {
    if (page === 'groups') return <GroupPage key={name} name={name} />
    if (page === 'entities') return <EntitiesPage key={name} entity={name} />
  }
  if (name === undefined) {
    if (page === 'overview') return <OverviewPage />
    if (page === 'catalogue') return <CataloguePage />
    if (page === 'lineage') return <LineagePage />
    if (page === 'runs') return <RunsPage />
    if (page === 'entities') return <EntitiesPage entity={null} />
  }
  return <Missing path={path.join('/')} />
}

/** On a page that is new, reading and tabbing start at its top; on the way back, where one was. */
function useArrival(place: string) {
  const main = useRef<HTMLElement>(null)
  const last = useRef<string>()
  useEffect(() => {
    const isFirst = last.current === undefined
    const isSame = last.current === place
    last.current = place
    if (isReturn() || isSame || isFirst) return
    scrollTo(0, 0)
    main.current?.focus({ preventScroll: true })
  }, [place])
  return main
}
