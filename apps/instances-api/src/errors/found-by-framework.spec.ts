import { answerTo } from './answer.js'

test('a sender who leaves in the middle of a body is no failure of the database', () => {
  const ofRequest = Object.assign(new Error('aborted'), { code: 'ECONNRESET', statusCode: 400 })
  expect(answerTo(ofRequest).status).toBe(400)
  const ofDatabase = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
  expect(answerTo(ofDatabase).status).toBe(503)
})
