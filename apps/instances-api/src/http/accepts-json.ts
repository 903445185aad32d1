const json = /^(?:\*|\*\/\*|application\/(?:\*|(?:[\w.-]+\+)?json))$/i

/** Whether an Accept header leaves room for JSON. A missing one does, and so does whatever says `*` anywhere. */
export function acceptsJson(accept: string | undefined): boolean {
  if (!accept?.trim()) return true
  return accept.split(',').some(range => {
    const [type = '', ...parameters] = range.split(';').map(part => part.trim())
    return json.test(type) && !parameters.some(parameter => /^q=0(?:\.0*)?$/i.test(parameter))
  })
}
