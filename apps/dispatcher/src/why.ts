/** An error in a few words for the log: PostgreSQL's own details may quote what was to be stored. */
export function whyOf(error: unknown): string {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  const text = String(message ?? error)
  return (typeof code === 'string' ? `${code}: ${text}` : text).slice(0, 300)
}
