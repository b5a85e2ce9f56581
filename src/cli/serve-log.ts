/** The server's log on stderr: JSON lines, or for a person at a terminal a line of words. */
import { type DestinationStream, destination, type LevelWithSilent, type Logger, pino, stdTimeFunctions } from 'pino'
import { colors } from './output.js'

export interface ServeLog {
  readonly log: Logger
  /** Writes what is still kept. */
  flush(): void
}

export function serveLog(level: LevelWithSilent): ServeLog {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: ['err.parameters', 'err.params'],
  }
  if (process.stderr.isTTY === true) return { log: pino(options, words()), flush() {} }
  // Lines are written together; those that were not when the process ends are written then.
  const lines = destination({ dest: 2, sync: false, minLength: 4_096, periodicFlush: 500 })
  return { log: pino(options, lines), flush: () => lines.flushSync() }
}

function words(): DestinationStream {
  const c = colors(process.stderr)
  return {
    write(line: string) {
      const { time, level, msg, method, route, status, ms, requestId, err, ...rest } = JSON.parse(line)
      const head = c.dim(String(time).slice(11, 19))
      const about = Object.entries(rest).map(([name, value]) => c.dim(`${name}=${JSON.stringify(value)}`))
      const told = method === undefined ? [msg] : [method, route, status, `${Math.round(ms * 10) / 10}ms`]
      const label = level === 'info' ? [] : [level === 'error' ? c.red(level) : c.yellow(level)]
      const stack = err?.stack === undefined ? '' : `\n${err.stack}`
      process.stderr.write(`${[head, ...label, ...told, ...about].join(' ')}${stack}\n`)
    },
  }
}
