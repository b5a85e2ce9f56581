/** `featurestore/mcp`: the Model Context Protocol. What connects a client with it is the caller's choice. */
import { McpServer } from '@modelcontextprotocol/server'
import { featureListTool } from './feature-list.js'
import { type AgentStore, type AgentTool, type FeatureToolOptions, featureTool } from './tool.js'

export type { AgentStore, FeatureToolOptions } from './tool.js'

/** Clients cut off descriptions that are much longer. */
const descriptionLength = 2_000

/** What the server offers, and by which name. */
export interface McpServerOptions extends FeatureToolOptions {
  /** What the server says its version is; `0` when absent. */
  readonly version?: string | undefined
}

/**
 * A server of the tools `get_features` and `list_features`, of the store's tenant, not connected yet.
 *
 * @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS: the allow-list names what the config does not have
 */
export function createMcpServer(store: AgentStore, options: McpServerOptions = {}): McpServer {
  const { version = '0', ...own } = options
  const server = new McpServer({ name: 'fstore', title: `Feature store ${store.project.name}`, version })
  register(server, featureTool(store, { descriptionLength, ...own }))
  register(server, featureListTool(store, own))
  return server
}

function register(server: McpServer, { name, title, description, schema, run }: AgentTool): void {
  const annotations = { readOnlyHint: true, idempotentHint: true, openWorldHint: false }
  server.registerTool(name, { title, description, inputSchema: schema, annotations }, async (input, context) => {
    const { text, isError } = await run(input, context.mcpReq.signal)
    return { content: [{ type: 'text', text }], isError }
  })
}
