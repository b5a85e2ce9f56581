// The layers of src/. A folder, or a file at the root of src/, imports from lower ranks and from itself;
// those of one rank do not know each other.
const ranks = [
  ['errors'],
  ['config', 'db'],
  ['registry', 'transform'],
  ['offline'],
  ['online'],
  ['pipeline', 'training'],
  ['plan', 'maintenance', 'doctor'],
  ['store'],
  ['create-feature-store'],
  ['serve', 'agents', 'testing'],
  ['ui'],
  ['index'],
  ['cli'],
]

// The one way up: a user's config imports the package itself, so evaluating one hands it the public index.
const upwards = { config: ['index'] }

const places = ranks.flat()
const within = (names) => `^src/(?:${names.join('|')})(?:/|\\.tsx?$)`

const layers = ranks.flatMap((names, rank) =>
  names.flatMap((name) => {
    const lower = [...ranks.slice(0, rank).flat(), ...(upwards[name] ?? [])]
    const barred = places.filter((place) => place !== name && !lower.includes(place))
    if (barred.length === 0) return []
    const comment = `${name} may import from ${lower.join(', ') || 'nothing'}.`
    return [
      {
        name: `${name}-imports-downwards`,
        comment,
        severity: 'error',
        from: { path: within([name]) },
        to: { path: within(barred) },
      },
    ]
  }),
)

export default {
  forbidden: [
    ...layers,
    {
      name: 'has-a-rank',
      comment: 'Every file of src/ belongs to a place in the list of ranks.',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: within(places) },
    },
    {
      name: 'no-circles',
      comment: 'But for those through the index, which that one way up closes.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { pathNot: within(['index']) } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-development-packages',
      comment: 'What src/ imports must be installed with the package.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only', 'npm-peer'] },
    },
    {
      name: 'page-takes-types-alone',
      comment: 'The page of fstore ui knows of src/ what the server answers, and nothing that runs.',
      severity: 'error',
      from: { path: '^ui/' },
      to: { path: '^src/', pathNot: '^src/ui/model\\.ts$' },
    },
    {
      name: 'stays-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(?:test|bench|scripts|templates|dist)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
}
