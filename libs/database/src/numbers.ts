/**
 * Numbers as an array parameter of a statement (`integer[]`, `bigint[]`, `double precision[]`): pg would quote and escape
 * every one of them. Texts are ids in digits, which a number can't hold.
 */
export function numbers(values: readonly (number | bigint | string)[]): string {
  return `{${values.join(',')}}`
}
