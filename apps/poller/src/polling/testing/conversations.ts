import type { VendorHttp, VendorRequest, VendorResponse } from '#connectors'

/** Intercom's conversations, as its search answers. */
export class Conversations {
  readonly requests: VendorRequest[] = []
  conversations: { id: string; created_at: number; updated_at: number; title?: string }[] = []
  deleted: { id: string; deleted_at: number }[] = []
  answer: ((request: VendorRequest) => VendorResponse | Promise<VendorResponse> | null) | null = null
  pageSize = 150

  readonly http: VendorHttp = async request => {
    this.requests.push(request)
    const answer = await this.answer?.(request)
    if (answer) return answer
    if (request.url.includes('/conversations/deleted')) {
      return ok({ type: 'conversation.list', conversations: this.deleted, pages: { next: null } })
    }
    const body = JSON.parse(request.body ?? '{}') as { pagination?: { starting_after?: string } }
    const from = Number(body.pagination?.starting_after ?? 0)
    const sorted = [...this.conversations].sort((one, other) => other.updated_at - one.updated_at)
    const next = from + this.pageSize < sorted.length ? { starting_after: String(from + this.pageSize) } : null
    return ok({
      type: 'conversation.list',
      conversations: sorted
        .slice(from, from + this.pageSize)
        .map(conversation => ({ type: 'conversation', ...conversation })),
      pages: { type: 'pages', next },
      total_count: sorted.length,
    })
  }
}

export function ok(body: unknown, headers: Record<string, string> = {}): VendorResponse {
  return { status: 200, headers, body: JSON.stringify(body) }
}
