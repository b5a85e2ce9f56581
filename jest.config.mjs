/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript', tsx: false } } }],
    '^.+\\.tsx$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', tsx: true },
          transform: { react: { runtime: 'automatic' } },
        },
      },
    ],
  },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^featurestore$': '<rootDir>/src/index.ts',
  },
  reporters: ['default', '<rootDir>/test/reporter.mjs'],
  setupFiles: ['<rootDir>/test/engine.ts'],
  globalSetup: '<rootDir>/test/servers/setup.mjs',
  globalTeardown: '<rootDir>/test/servers/teardown.mjs',
  // Opening PGlite takes seconds where the machine is busy.
  testTimeout: 60_000,
  // More than there are cores: a suite waits for its servers a good part of its time.
  maxWorkers: 3,
}
