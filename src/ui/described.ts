/** What describes groups and features, in the words that the page shows. */
import type { FeatureSpec, Metadata } from '../config/project.js'
import type { FeatureSnapshot } from '../registry/definition.js'
import type { FeatureItem } from './model.js'

export function described({ displayName, description, tags, owner, status }: Metadata) {
  return {
    displayName: displayName ?? null,
    description: description ?? null,
    tags,
    owner: owner ?? null,
    status,
  }
}

export function featureItem(feature: FeatureSpec): FeatureItem {
  const { name, dataType, aggregation, window } = feature
  return {
    name,
    ...described(feature),
    dataType,
    type: typeWords(feature),
    aggregation: aggregation ?? null,
    windowSeconds: window ?? null,
    rules: ruleWords(feature),
  }
}

type Typed = Pick<FeatureSnapshot, 'dataType' | 'element' | 'dimension' | 'rules'>

export function typeWords({ dataType, element, dimension }: Pick<Typed, 'dataType' | 'element' | 'dimension'>): string {
  if (dataType === 'array') return `array of ${element}`
  return dataType === 'embedding' ? `embedding(${dimension})` : dataType
}

export function ruleWords({ rules }: Pick<Typed, 'rules'>): string[] {
  const { notNull, min, max, pattern, allowedValues } = rules
  return [
    ...(notNull === true ? ['not null'] : []),
    ...(min === undefined ? [] : [`min ${min}`]),
    ...(max === undefined ? [] : [`max ${max}`]),
    ...(pattern === undefined ? [] : [`pattern ${pattern}`]),
    ...(allowedValues === undefined ? [] : [`one of ${allowedValues.join(' | ')}`]),
  ]
}
