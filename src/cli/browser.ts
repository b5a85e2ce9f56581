/** The browser of whoever sits at this machine. */
import { spawn } from 'node:child_process'

/** Does nothing where nobody would see it: in CI, without a terminal, from afar, without a desktop. */
export function openBrowser(url: string, env: NodeJS.ProcessEnv = process.env): void {
  const opener = openerOf(env)
  if (opener === undefined) return
  const [program, ...more] = opener
  const child = spawn(program as string, [...more, url], { stdio: 'ignore', detached: true })
  // The address is printed, too: who has no browser here loses nothing.
  child.on('error', () => {})
  child.unref()
}

function openerOf(env: NodeJS.ProcessEnv): readonly string[] | undefined {
  const isSeen = process.stdout.isTTY === true && process.stderr.isTTY === true
  if (!isSeen || env.CI !== undefined || env.SSH_CONNECTION !== undefined) return undefined
  if (process.platform === 'darwin') return ['open']
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler']
  return env.DISPLAY === undefined && env.WAYLAND_DISPLAY === undefined ? undefined : ['xdg-open']
}
