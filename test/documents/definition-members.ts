import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { errorMeanings, fieldTypes, likeForms, operators } from '../../libs/connectors/src/definition.js'

/** A member of a definition, as its type declares it. */
export interface Member {
  name: string
  type: string
  required: boolean
  /** Null: none, or none that its comment names. */
  default: string | null
  meaning: string
}

/** One alternative of a part: `style: cursor`. */
export interface Variant {
  name: string
  members: Member[]
  meaning: string
}

/** A part of a definition: an object, or alternatives of one. */
export interface Part {
  /** `resources.<name>.listings[]`; the empty one is the definition itself. */
  path: string
  meaning: string
  members: Member[]
  variants: Variant[]
  /** Other places where the same stands. */
  also: string[]
}

type Declaration = ts.InterfaceDeclaration | ts.TypeAliasDeclaration

const sources = ['definition.ts', 'listing-definition.ts', 'webhook-definition.ts'].map(name => {
  const file = join(__dirname, '../../libs/connectors/src', name)
  return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
})

const declarations = new Map<string, Declaration>(
  sources.flatMap(source =>
    source.statements
      .filter(statement => ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
      .map((declaration): [string, Declaration] => [declaration.name.text, declaration]),
  ),
)

const values: Record<string, readonly string[]> = {
  ErrorMeaning: errorMeanings,
  FieldType: fieldTypes,
  Operator: operators,
  LikeForm: likeForms,
}

const words: Record<string, string> = {
  Path: 'path',
  Template: 'template',
  JsonTemplate: 'JSON template',
  TopicTable: 'rows by topic',
}

/** Every part of a definition, the whole first, then in the order of its members. */
export function definitionParts(): Part[] {
  const parts = new Map<string, Part>()
  walk({ path: '', node: declarations.get('Definition')!, key: 'Definition' }, parts)
  return [...parts.values()]
}

interface Step {
  path: string
  node: ts.Node
  /** What the same type has in common, wherever it stands. */
  key: string
}

function walk({ path, node, key }: Step, parts: Map<string, Part>): void {
  const known = parts.get(key)
  if (known) {
    if (known.path !== path) known.also.push(path)
    return
  }
  const part: Part = { path, meaning: commentOf(node), members: [], variants: [], also: [] }
  parts.set(key, part)
  const union = ts.isTypeAliasDeclaration(node) && ts.isUnionTypeNode(node.type) ? node.type.types : null
  const nodes = union ? [] : membersIn(node)
  if (union) part.variants = [...union].map((type, index) => variantOf(type, union[index - 1]))
  part.members = nodes.map(memberOf)
  for (const member of nodes) {
    const below = objectIn(member.type!)
    if (below) walk({ ...below, path: [path, nameOf(member) + below.path].filter(Boolean).join('.') }, parts)
  }
}

/** Where a type leads to an object: through lists and maps. */
function objectIn(type: ts.TypeNode): Step | null {
  if (ts.isTypeLiteralNode(type)) {
    const isMap = type.members.some(ts.isIndexSignatureDeclaration)
    return isMap ? null : { path: '', node: type, key: String(type.pos) + type.getSourceFile().fileName }
  }
  if (ts.isArrayTypeNode(type)) return within('[]', type.elementType)
  if (ts.isTupleTypeNode(type)) return within('[]', type.elements[0]!)
  if (!ts.isTypeReferenceNode(type)) return null
  const name = type.typeName.getText()
  const [, value] = type.typeArguments ?? []
  if (name === 'Record' && value) return within('.<name>', value)
  const declared = declarations.get(name)
  const isObject = declared && (ts.isInterfaceDeclaration(declared) || isObjectUnion(declared.type))
  return isObject && !words[name] ? { path: '', node: declared, key: name } : null
}

function within(step: string, type: ts.TypeNode): Step | null {
  const found = objectIn(type)
  return found && { ...found, path: step + found.path }
}

function isObjectUnion(type: ts.TypeNode): boolean {
  return ts.isUnionTypeNode(type) && type.types.every(each => membersIn(each).length > 0)
}

/** An object's members, inherited ones included. */
function membersIn(node: ts.Node): ts.PropertySignature[] {
  if (ts.isTypeLiteralNode(node)) return node.members.filter(ts.isPropertySignature)
  if (ts.isParenthesizedTypeNode(node)) return membersIn(node.type)
  if (ts.isIntersectionTypeNode(node)) return node.types.flatMap(membersIn)
  if (ts.isTypeReferenceNode(node)) {
    const declared = declarations.get(node.typeName.getText())
    return declared && ts.isInterfaceDeclaration(declared) ? membersIn(declared) : []
  }
  if (!ts.isInterfaceDeclaration(node)) return []
  const inherited = (node.heritageClauses ?? []).flatMap(clause =>
    clause.types.flatMap(type => membersIn(declarations.get(type.expression.getText())!)),
  )
  return [...node.members.filter(ts.isPropertySignature), ...inherited]
}

function variantOf(type: ts.TypeNode, before: ts.TypeNode | undefined): Variant {
  const members = membersIn(type).map(memberOf)
  const [tag] = members
  const declared = ts.isTypeReferenceNode(type) ? declarations.get(type.typeName.getText()) : undefined
  return {
    name: `${tag!.name}: ${tag!.type.replaceAll('`', '')}`,
    members: members.slice(1),
    meaning: declared ? commentOf(declared) : commentBetween(before, type),
  }
}

function memberOf(member: ts.PropertySignature): Member {
  const comment = commentOf(member)
  const [sentence, value] = /\s*(?:\([Dd]efault|Default):? ([^.)]+)[.)]?/.exec(comment) ?? []
  return {
    name: nameOf(member),
    type: typeWords(member.type!),
    required: !member.questionToken,
    default: value ?? null,
    meaning: sentence === undefined ? comment : comment.replace(sentence, '').trim(),
  }
}

function nameOf(member: ts.PropertySignature): string {
  return (member.name as ts.Identifier).text
}

/** The last comment before a node, as one line. */
function commentOf(node: ts.Node): string {
  const text = node.getSourceFile().text
  const ranges = ts.getLeadingCommentRanges(text, node.pos) ?? []
  const docs = ranges.map(({ pos, end }) => text.slice(pos, end)).filter(comment => comment.startsWith('/**'))
  return oneLine(docs.at(-1) ?? '')
}

/** An alternative's comment stands before its bar. */
function commentBetween(before: ts.TypeNode | undefined, type: ts.TypeNode): string {
  const text = before ? type.getSourceFile().text.slice(before.end, type.getStart()) : ''
  return oneLine(/\/\*\*[^]*?\*\//.exec(text)?.[0] ?? '')
}

function oneLine(comment: string): string {
  return comment
    .replace(/^\/\*\*|\*\/$/g, '')
    .replace(/\n\s*\*/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

function typeWords(type: ts.TypeNode): string {
  if (ts.isArrayTypeNode(type)) return `list of ${typeWords(type.elementType)}`
  if (ts.isTupleTypeNode(type)) return `list of ${typeWords(type.elements[0]!)}, one at least`
  if (ts.isUnionTypeNode(type)) return [...new Set(type.types.map(typeWords))].join(', ')
  if (ts.isLiteralTypeNode(type)) return `\`${type.literal.getText().replaceAll("'", '')}\``
  if (ts.isTypeReferenceNode(type)) return wordsOfReference(type)
  if (ts.isTypeLiteralNode(type)) return 'members'
  return { string: 'text', boolean: 'true or false' }[type.getText()] ?? type.getText()
}

function wordsOfReference({ typeName, typeArguments }: ts.TypeReferenceNode): string {
  const name = typeName.getText()
  const [first, second] = typeArguments ?? []
  if (name === 'Record' && second) return `${typeWords(second)} by name`
  if (name === 'Partial' && first) return typeWords(first)
  if (values[name]) return values[name].map(value => `\`${value}\``).join(', ')
  const declared = declarations.get(name)
  if (words[name] ?? !declared) return words[name] ?? name
  return ts.isTypeAliasDeclaration(declared) && !isObjectUnion(declared.type) ? typeWords(declared.type) : 'members'
}
