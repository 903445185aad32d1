interface Parameter {
  name: string
  in: string
  required?: boolean
  description?: string
}

interface Operation {
  summary?: string
  tags?: string[]
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { description?: string; content?: Record<string, { schema: Schema }> }>
}

interface Schema {
  $ref?: string
  type?: string
  nullable?: boolean
  description?: string
  enum?: unknown[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
}

/** As much of an OpenAPI document as the page shows. */
export interface OpenApi {
  info: { title: string; description: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

const style = `
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
  h2 { margin-top: 2.5rem } h3 { font: 600 15px ui-monospace, monospace; margin: 1.6rem 0 .2rem }
  code { font: 13px ui-monospace, monospace } table { border-collapse: collapse; margin: .4rem 0 }
  td { border: 1px solid #ddd; padding: .2rem .6rem; vertical-align: top } b { display: inline-block; min-width: 4.5rem }`

/** The document as one self-contained page: operations by tag, then what the bodies are made of. */
export function openApiPage({ info, paths, components }: OpenApi): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const tags = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? 'Other'))]
  const sections = tags.map(tag => {
    const own = operations.filter(({ operation }) => (operation.tags?.[0] ?? 'Other') === tag)
    return `<h2>${escaped(tag)}</h2>${own.map(operationSection).join('')}`
  })
  const schemas = Object.entries(components.schemas).map(schemaSection)
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escaped(info.title)} API</title>
<style>${style}</style><h1>${escaped(info.title)} API</h1><p>${prose(info.description)}
The document itself: <a href="/docs/openapi.json">/docs/openapi.json</a>.</p>
${sections.join('\n')}<h2>Bodies</h2>${schemas.join('\n')}</html>`
}

function operationSection({ path, method, operation }: { path: string; method: string; operation: Operation }): string {
  const parameters = (operation.parameters ?? []).map(
    ({ name, in: place, required, description }) =>
      `<tr><td><code>${escaped(name)}</code><td>${place}${required ? '' : ', optional'}<td>${prose(description ?? '')}`,
  )
  const body = Object.values(operation.requestBody?.content ?? {})[0]?.schema
  const answers = Object.entries(operation.responses).map(([status, { description, content }]) => {
    const schema = Object.values(content ?? {})[0]?.schema
    return `<tr><td>${escaped(status)}<td>${schema ? typeName(schema) : ''}<td>${prose(description ?? '')}`
  })
  return `<h3><b>${method.toUpperCase()}</b>${escaped(path)}</h3>${prose(operation.summary ?? '')}
${body ? `<p>Body: ${typeName(body)}</p>` : ''}<table>${parameters.join('')}${answers.join('')}</table>`
}

function schemaSection([name, { properties = {}, required = [] }]: [string, Schema]): string {
  const rows = Object.entries(properties).map(
    ([member, schema]) =>
      `<tr><td><code>${escaped(member)}</code>${required.includes(member) ? '' : ', optional'}<td>${typeName(schema)}` +
      `<td>${prose(schema.description ?? '')}`,
  )
  return `<h3 id="${escaped(name)}">${escaped(name)}</h3><table>${rows.join('')}</table>`
}

function typeName({ $ref, type, items, enum: words, nullable }: Schema): string {
  if ($ref) {
    const name = escaped($ref.replace('#/components/schemas/', ''))
    return `<a href="#${name}">${name}</a>`
  }
  if (items) return `list of ${typeName(items)}`
  const named = words ? words.map(word => escaped(JSON.stringify(word))).join(' | ') : escaped(type ?? 'any')
  return nullable ? `${named} | null` : named
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`)
}

/** A description: what stands between backticks is code. */
function prose(text: string): string {
  return escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>')
}
