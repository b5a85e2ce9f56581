/** A line by which GitHub shows an error beside the line of code that it is about. */
import { isAbsolute, relative, resolve } from 'node:path'
import type { Place } from '../../errors.js'

export interface Annotated {
  readonly level: 'error' | 'warning' | 'notice'
  readonly code: string
  readonly message: string
  readonly where?: Place | undefined
  readonly why?: string | undefined
  readonly fix?: string | undefined
}

/**
 * `::error file=features/a.sql,line=3,col=5,title=SQL_FAILED::…`
 *
 * @param workspace the folder that GitHub's paths are relative to
 */
export function annotation({ level, code, message, where, why, fix }: Annotated, workspace: string): string {
  const text = [message, ...(why === undefined ? [] : [why]), ...(fix === undefined ? [] : [`fix: ${fix}`])].join('\n')
  const properties = {
    ...(where !== undefined && { file: pathFrom(workspace, where.file), line: where.line, col: where.column }),
    title: code,
  }
  const list = Object.entries(properties).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${escapedProperty(String(value))}`],
  )
  return `::${level} ${list.join(',')}::${escapedMessage(text)}`
}

function pathFrom(workspace: string, file: string): string {
  const path = relative(workspace, resolve(file))
  return path.startsWith('..') || isAbsolute(path) ? file : path.replaceAll('\\', '/')
}

function escapedMessage(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapedProperty(text: string): string {
  return escapedMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
