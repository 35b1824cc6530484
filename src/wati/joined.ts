/** The bytes of all pieces. Most bodies come in one piece, which needs no copy. */
export function joined(pieces: readonly Buffer[]): Buffer {
  const [only] = pieces
  return only !== undefined && pieces.length === 1 ? only : Buffer.concat(pieces)
}
