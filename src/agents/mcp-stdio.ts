/** MCP on the stdin of this process and an output of the caller's. */
import type { Writable } from 'node:stream'
// Beside the server's own module: loaded apart, as CommonJS and as ES module, their classes would not know each other.
import { type StdioServerHandle, StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import { createMcpServer, type McpServerOptions } from './mcp.js'
import type { AgentStore } from './tool.js'

export function serveMcp(
  store: AgentStore,
  { output, ...options }: McpServerOptions & { readonly output: Writable },
): StdioServerHandle {
  const transport = new StdioServerTransport(process.stdin, output)
  return serveStdio(() => createMcpServer(store, options), { transport, onerror: (error) => options.onError?.(error) })
}
