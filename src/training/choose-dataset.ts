import type { DatasetSpec, Project } from '../config/project.js'
import { findDataset } from '../config/reference.js'
import { FstoreError } from '../errors.js'

/** The dataset's own name where the config has one only. @throws FstoreError USAGE, NAME_UNKNOWN */
export function chooseDataset(project: Project, name: string | undefined): DatasetSpec {
  if (name !== undefined) return findDataset(project, name)
  const [only, ...more] = project.datasets
  if (only !== undefined && more.length === 0) return only
  const names = project.datasets.map((dataset) => dataset.name)
  throw new FstoreError('USAGE', names.length === 0 ? 'The config has no dataset.' : 'Say which dataset.', {
    fix: names.length === 0 ? "Add one: dataset('name', { service, spine, label })." : `One of: ${names.join(', ')}.`,
  })
}
