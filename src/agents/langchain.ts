/** `featurestore/langchain`: tools for LangChain and LangGraph agents. */
import { ToolMessage } from '@langchain/core/messages'
import { type StructuredTool, type ToolRunnableConfig, tool } from '@langchain/core/tools'
import { featureListTool } from './feature-list.js'
import { type AgentStore, type AgentTool, type FeatureToolOptions, featureTool } from './tool.js'

export type { AgentStore, FeatureToolOptions } from './tool.js'

/**
 * A tool that reads features, of the store's tenant, for a LangGraph `ToolNode` or a model's `bindTools`. Its schema
 * and its description say what the config has. What cannot be read is answered so that the model can put it right.
 *
 * @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS: the allow-list names what the config does not have
 */
export function createFeatureStoreTool(store: AgentStore, options?: FeatureToolOptions): StructuredTool {
  return wrap(featureTool(store, options))
}

/** The same, and beside it `list_features`, with which a model searches a config too large to be described. */
export function createFeatureStoreTools(store: AgentStore, options?: FeatureToolOptions): StructuredTool[] {
  return [featureTool(store, options), featureListTool(store, options)].map(wrap)
}

function wrap({ name, description, schema, run }: AgentTool): StructuredTool {
  const call = async (input: unknown, { toolCall, signal }: ToolRunnableConfig): Promise<string | ToolMessage> => {
    const { text, isError } = await run(input, signal)
    if (!isError || toolCall?.id === undefined) return text
    // Thrown, it would end the agents that do not catch.
    return new ToolMessage({ status: 'error', content: text, name, tool_call_id: toolCall.id })
  }
  return tool(call, { name, description, schema })
}
