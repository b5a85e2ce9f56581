/** Light or dark: as the system has it, until a person says otherwise. */

import { useCallback, useState } from 'preact/hooks'

export type Theme = 'system' | 'light' | 'dark'

const themes: readonly Theme[] = ['system', 'light', 'dark']
const key = 'fstore.theme'

function stored(): Theme {
  try {
    return themes.find((theme) => theme === localStorage.getItem(key)) ?? 'system'
  } catch {
    return 'system'
  }
}

export function applyTheme(theme: Theme = stored()): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

export function useTheme(): readonly [Theme, () => void] {
  const [theme, setTheme] = useState(stored)
  const next = useCallback(() => {
    const following = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system'
    try {
      localStorage.setItem(key, following)
    } catch {}
    applyTheme(following)
    setTheme(following)
  }, [theme])
  return [theme, next]
}
