import { Faults } from './faults.js'
import { ChangeInstanceRequest } from './instance-request.dto.js'
import { readShape } from './shape.js'

test('a key called constructor is a key like others where any may stand, and not the class of what has it', () => {
  const faults = new Faults()
  const configuration = JSON.parse('{"constructor": ["x"], "other": {"constructor": null}}') as Record<string, unknown>
  const request = readShape(ChangeInstanceRequest, { constructor: 1, configuration, element: { key: 'k' } }, faults)
  expect(faults.lines).toEqual([])
  expect(request).toBeInstanceOf(ChangeInstanceRequest)
  expect(request?.constructor).toBe(ChangeInstanceRequest)
  expect(request?.configuration).toBe(configuration)
})

test('what the element holds is checked, too', () => {
  const faults = new Faults()
  readShape(ChangeInstanceRequest, { element: { key: { constructor: 1 } } }, faults)
  expect(faults.lines).toEqual([expect.stringMatching(/^element\.key: /)])
})
