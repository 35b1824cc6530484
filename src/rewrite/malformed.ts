/** Bytes that the gateway cannot read in exactly one way; the message says where and what. */
export class Malformed extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Malformed'
  }
}
