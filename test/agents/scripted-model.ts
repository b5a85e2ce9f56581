/** A chat model that says what it is told to say, and remembers which tools it was offered. */
import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager'
import { BaseChatModel, type BindToolsInput } from '@langchain/core/language_models/chat_models'
import { AIMessage, type BaseMessage } from '@langchain/core/messages'
import type { ChatResult } from '@langchain/core/outputs'
import { convertToOpenAITool } from '@langchain/core/utils/function_calling'

/** A call's arguments by tool, or what it says at last. */
export type Line = { readonly tool: string; readonly args: Record<string, unknown> } | string

export class ScriptedModel extends BaseChatModel {
  /** As OpenAI's API is sent them. */
  offered: ReturnType<typeof convertToOpenAITool>[] = []
  #line = 0

  constructor(private readonly script: readonly Line[]) {
    super({})
  }

  override _llmType(): string {
    return 'scripted'
  }

  override bindTools(tools: BindToolsInput[]): this {
    this.offered = tools.map((tool) => convertToOpenAITool(tool as never))
    return this
  }

  override async _generate(_: BaseMessage[], __: this['ParsedCallOptions'], ___?: CallbackManagerForLLMRun) {
    const line = this.script[this.#line++] as Line
    const message =
      typeof line === 'string'
        ? new AIMessage(line)
        : new AIMessage({ content: '', tool_calls: [{ name: line.tool, args: line.args, id: `call_${this.#line}` }] })
    return { generations: [{ text: message.text, message }] } satisfies ChatResult
  }
}
