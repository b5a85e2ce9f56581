/** Commands of fstore among the scripts of a package.json. */
import { join } from 'node:path'
import { FstoreError } from '../../errors.js'
import { existing, type NewFile } from './project-files.js'

const scripts = { 'fstore:validate': 'fstore validate', 'fstore:test': 'fstore test', 'fstore:build': 'fstore build' }

/** The package.json with those that it lacks; none where it lacks none. @throws FstoreError USAGE */
export async function withScripts(directory: string): Promise<NewFile[]> {
  const content = await existing(join(directory, 'package.json'))
  if (content === undefined || content === 'not a file')
    throw new FstoreError('USAGE', 'There is no package.json that scripts could be added to.', {
      fix: 'Leave out --scripts, or run `npm init` first.',
    })
  const text = content.toString()
  const manifest = parsed(text, join(directory, 'package.json'))
  const all = { ...scripts, ...Object(manifest.scripts) }
  if (Object.keys(all).length === Object.keys(Object(manifest.scripts)).length) return []
  const own = { ...Object(manifest.scripts), ...all }
  const indent = /^[ \t]+(?=")/m.exec(text)?.[0] ?? '  '
  const end = text.endsWith('\n') ? '\n' : ''
  return [{ name: 'package.json', content: JSON.stringify({ ...manifest, scripts: own }, null, indent) + end }]
}

function parsed(text: string, file: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>
  } catch (error) {
    throw new FstoreError('USAGE', 'The package.json is not JSON, so no scripts can be added to it.', {
      where: { file },
      why: (error as Error).message,
      fix: 'Mend it, or leave out --scripts.',
    })
  }
}
