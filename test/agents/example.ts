import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { END, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt'
import { type AgentStore, createFeatureStoreTools } from '../../src/agents/langchain.js'

/** A graph in which a model reads features as often as it likes, and then answers. */
export function agentOf(store: AgentStore, model: Required<Pick<BaseChatModel, 'bindTools'>>) {
  const tools = createFeatureStoreTools(store)
  const bound = model.bindTools(tools)
  return new StateGraph(MessagesAnnotation)
    .addNode('model', async ({ messages }) => ({ messages: await bound.invoke(messages) }))
    .addNode('tools', new ToolNode(tools))
    .addEdge(START, 'model')
    .addConditionalEdges('model', toolsCondition, ['tools', END])
    .addEdge('tools', 'model')
    .compile()
}
