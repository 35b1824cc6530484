/** The texts of the view. */
export const overview = {
  title: 'Overview',
}
