import type { Readable } from 'node:stream'
import { joined } from '../wati/joined.ts'
import { brokenOff, tooLarge } from './upload.ts'

/**
 * All the bytes of a body. Rejects with a refusal when they are more than the limit, or when the caller hung up
 * before the end; what comes after that is dropped, so that the caller is not cut off.
 */
export function takeWhole(stream: Readable, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const take = (chunk: Buffer): void => {
      bytes += chunk.length
      chunks.push(chunk)
      if (bytes > limit) refuse(tooLarge(limit))
    }
    const refuse = (refusal: Error): void => {
      stream.off('data', take)
      chunks.length = 0
      stream.resume()
      reject(refusal)
    }
    const breakOff = (): void => {
      if (!stream.readableEnded) refuse(brokenOff(stream.errored ?? new Error('the connection was closed')))
    }
    stream.on('data', take)
    stream.on('end', () => resolve(joined(chunks)))
    stream.on('error', breakOff)
    stream.on('close', breakOff)
    // It may have broken off while nobody listened.
    if (stream.destroyed) breakOff()
  })
}
