import t from 'tap'
import { Secret } from '../../src/domain/secret.ts'
t.test('a secret reveals itself', async (t) => { t.equal(new Secret('x').reveal(), 'x') })
