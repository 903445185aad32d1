import { readAuthorization } from './authorization-header.js'

const all = { userSecret: 'u/s+r==', organizationSecret: '0123abcd', instanceToken: 'ABC/D=' }

test.each([
  'User u/s+r==, Organization 0123abcd, Element ABC/D=',
  'Element ABC/D=, Organization 0123abcd, User u/s+r==',
  'Organization 0123abcd,User u/s+r==,Element ABC/D=',
  '  user   u/s+r==  ,  ORGANIZATION 0123abcd ,\tElement ABC/D= ',
  'User u/s+r== Organization 0123abcd Element ABC/D=',
  'user u/s+r==,,organization 0123abcd ,, element ABC/D=,',
])('the three parts are read in any order and spacing: %s', header => {
  expect(readAuthorization(header)).toEqual(all)
})

test('a user with one of the others is enough to be read', () => {
  expect(readAuthorization('User a, Organization b')).toEqual({ userSecret: 'a', organizationSecret: 'b' })
  expect(readAuthorization('User a, Element c')).toEqual({ userSecret: 'a', instanceToken: 'c' })
  expect(readAuthorization('User a')).toEqual({ userSecret: 'a' })
})

test.each([
  undefined,
  '',
  'User',
  'User a, Organization',
  'Organization b',
  'User a, User b',
  'Bearer abc',
  'User a, Organisation b',
  'User a, constructor b',
  'User a, __proto__ b',
  'Bearer abc, User a, Organization b',
  'Element c, Element c, User a',
  'Element a, Organization b',
  'User a Organization b Element',
  'User=a, Organization=b',
  'a, b',
])('what is not of that form is not read: %s', header => {
  expect(readAuthorization(header)).toBeNull()
})
