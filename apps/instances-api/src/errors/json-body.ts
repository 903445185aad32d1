import { createParamDecorator, type ExecutionContext } from '@nestjs/common'
import type { FastifyRequest } from 'fastify'
import { Refused } from './refusal.js'

const deepest = 64

/**
 * The request's JSON, unchecked but for its depth; undefined where there is no body. In a process that keeps bodies as
 * bytes for the vendors' door, it is parsed here.
 */
export const JsonBody = createParamDecorator((_data: unknown, context: ExecutionContext): unknown => {
  const { body } = context.switchToHttp().getRequest<FastifyRequest>()
  const value = Buffer.isBuffer(body) || typeof body === 'string' ? parse(String(body)) : body
  if (isDeeper(value, deepest)) refuse(`is nested deeper than ${deepest} levels`)
  return value
})

function parse(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    return refuse(`is not JSON: ${(error as Error).message}`)
  }
}

function refuse(why: string): never {
  throw new Refused({ kind: 'invalid', faults: [`body: ${why}`] })
}

/** Level by level: a recursion could be driven out of its stack. */
function isDeeper(value: unknown, levels: number): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true
    level = level.flatMap(each => (typeof each === 'object' && each !== null ? Object.values(each) : []))
  }
  return false
}
