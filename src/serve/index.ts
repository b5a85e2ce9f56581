/** The public API of serving: `featurestore/serve`. The package's main entry loads none of it. */
export type { Log } from './log.js'
export { createServer, type FeatureServer, type ListenOptions, type ServedStore, type ServerOptions } from './server.js'
export { parseTokens, type Scope, type Token } from './tokens.js'
