/** The texts of the view. */
export const tryIt = {
  title: 'Try it',
}
