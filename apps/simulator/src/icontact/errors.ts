import { Answer } from '../http/answer.js'

/** Real traffic carries its JSON under this type. */
export const CONTENT_TYPE = 'text/html; charset=utf-8'

/** `{"errors": ["prose"]}`, which is all iContact says. */
export function icontactError(status: number, message: string): Answer {
  return new Answer(status, { errors: [message] }, { 'content-type': CONTENT_TYPE })
}
